/** 7-Zip for tests, as the npm package brings it; compiled once. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createSevenZip, type SevenZip } from "../../src/scan/extractors/archives/seven-zip.ts";

export const sevenZip: SevenZip = createSevenZip(
  readFileSync(createRequire(import.meta.url).resolve("7z-wasm/7zz.wasm")),
);
