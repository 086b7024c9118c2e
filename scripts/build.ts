/** Builds dist/mailward.cjs: the whole program in one file that runs on any Node from 22 on; beside it the WebAssembly
 *  of others that it uses, and dist/NOTICE with the licences of what is in and beside it. */
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import manifest from "../package.json" with { type: "json" };
import type { CarriedLicense } from "../src/cli/carried-licenses.ts";
import { ASSETS } from "../src/scan/assets.ts";
import { asProgram, asWorker, bundle } from "./bundle.ts";
import { collectLicenses, noticeOf } from "./notice.ts";

const root = join(import.meta.dirname, "..");
const program = join(root, "dist", "mailward.cjs");
/** Stands in the bundle for the licences. */
const PLACE = "@licenses@";

const worker = await bundle(join(root, "src/scan/worker.ts"));
const main = await bundle(
  join(root, "src/main.ts"),
  new Map([
    ["src/core/version.ts", `export const version: string = ${JSON.stringify(manifest.version)};`],
    ["src/scan/worker-code.ts", workerCodeModule(asWorker(worker.text))],
    ["src/cli/carried-licenses.ts", licensesModule()],
  ]),
);
const licenses = await collectLicenses(root, [main.metafile, worker.metafile], Object.values(ASSETS));

await mkdir(join(root, "dist"), { recursive: true });
await writeFile(program, asProgram(withLicenses(main.text, licenses)));
await chmod(program, 0o755);
for (const [name, path] of Object.entries(ASSETS)) {
  await copyFile(join(root, "node_modules", path), join(root, "dist", name));
}
await writeFile(join(root, "dist", "NOTICE"), noticeOf(licenses));
console.log(`dist/mailward.cjs ${manifest.version}: ${Math.round(main.text.length / 1024)} KiB`);

/** The form of `src/scan/worker-code.ts` in which the code is inside. */
function workerCodeModule(text: string): string {
  return `const text = ${JSON.stringify(text)};\nexport function workerCode() { return { kind: "source", text }; }\n`;
}

/** The form of `src/cli/carried-licenses.ts` that has them. Which they are is known only when the bundle is made. */
function licensesModule(): string {
  return [
    'import { gunzipSync } from "node:zlib";',
    "export function carriedLicenses() {",
    `  return JSON.parse(gunzipSync(Buffer.from("${PLACE}", "base64")).toString());`,
    "}",
  ].join("\n");
}

/** Compressed, because hardly anybody ever reads them. */
function withLicenses(text: string, list: readonly CarriedLicense[]): string {
  const [before, after, ...more] = text.split(PLACE);
  if (after === undefined || more.length > 0) throw new Error("Cannot put the licences in: their place is not there");
  return `${before}${gzipSync(JSON.stringify(list), { level: 9 }).toString("base64")}${after}`;
}
