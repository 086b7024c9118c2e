/** Bundles the whole program in the two forms there are: one file with everything inside, and the pieces that the single
 *  executable carries apart, so that each process and thread loads no more than it runs. */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import manifest from "../package.json" with { type: "json" };
import type { CarriedLicense } from "../src/cli/carried-licenses.ts";
import { ASSETS } from "../src/scan/assets.ts";
import { asWorker, bundle } from "./bundle.ts";
import { WORKER_LOADER } from "./code-loader.ts";
import { collectLicenses } from "./notice.ts";

export interface Program {
  readonly text: string;
  /** The code of a scan thread. */
  readonly worker: string;
  /** Of what is in and beside the program. */
  readonly licenses: readonly CarriedLicense[];
}

/** `inside`: the text of the program holds the code of the scan threads. `apart`: it asks the executable for it. */
export async function bundleProgram(root: string, workerPlace: "inside" | "apart"): Promise<Program> {
  const worker = await bundle(join(root, "src/scan/worker.ts"));
  const workerText = asWorker(worker.text);
  const main = await bundle(
    join(root, "src/main.ts"),
    new Map([
      ["src/core/version.ts", `export const version: string = ${JSON.stringify(manifest.version)};`],
      ["src/scan/worker-code.ts", workerPlace === "inside" ? codeInside(workerText) : CODE_APART],
      ["src/cli/carried-licenses.ts", licensesModule()],
    ]),
  );
  const licenses = await collectLicenses(root, [main.metafile, worker.metafile], Object.values(ASSETS));
  return { text: withLicenses(main.text, licenses), worker: workerText, licenses };
}

/** The form of `src/scan/worker-code.ts` in which the code is inside. */
function codeInside(text: string): string {
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

/** Stands in the bundle for the licences. */
const PLACE = "@licenses@";
/** The form of `src/scan/worker-code.ts` in which the executable has the code. */
const CODE_APART = `
import { getAsset } from "node:sea";
export function workerCode() { return { kind: "source", text: getAsset(${JSON.stringify(WORKER_LOADER)}, "utf8") }; }
`;
