/** Builds dist/mailward.cjs: the whole program in one file that runs on any Node from 22 on, and dist/NOTICE with the
 *  licences of what is inside it. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { asProgram, asWorker, bundle } from "./bundle.ts";
import { noticeOf } from "./notice.ts";

const root = join(import.meta.dirname, "..");
const program = join(root, "dist", "mailward.cjs");

const worker = await bundle(join(root, "src/scan/worker.ts"));
const main = await bundle(
  join(root, "src/main.ts"),
  new Map([
    ["src/core/version.ts", `export const version: string = ${JSON.stringify(manifest.version)};`],
    ["src/scan/worker-code.ts", workerCodeModule(asWorker(worker.text))],
  ]),
);
const notice = await noticeOf(root, [main.metafile, worker.metafile]);

await mkdir(join(root, "dist"), { recursive: true });
await writeFile(program, asProgram(main.text));
await chmod(program, 0o755);
await writeFile(join(root, "dist", "NOTICE"), notice);
console.log(`dist/mailward.cjs ${manifest.version}: ${Math.round(main.text.length / 1024)} KiB`);

/** The form of `src/scan/worker-code.ts` in which the code is inside. */
function workerCodeModule(text: string): string {
  return `const text = ${JSON.stringify(text)};\nexport function workerCode() { return { kind: "source", text }; }\n`;
}
