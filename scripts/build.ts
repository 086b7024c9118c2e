/** Builds dist/mailward.cjs: the whole program in one file that runs on any Node from 22 on; beside it the WebAssembly
 *  of others that it uses, and dist/NOTICE with the licences of what is in and beside it. */
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { ASSETS } from "../src/scan/assets.ts";
import { asProgram } from "./bundle.ts";
import { noticeOf } from "./notice.ts";
import { bundleProgram } from "./program.ts";

const root = join(import.meta.dirname, "..");
const file = join(root, "dist", "mailward.cjs");
const program = await bundleProgram(root, "inside");

await mkdir(join(root, "dist"), { recursive: true });
await writeFile(file, asProgram(program.text));
await chmod(file, 0o755);
for (const [name, path] of Object.entries(ASSETS)) {
  await copyFile(join(root, "node_modules", path), join(root, "dist", name));
}
await writeFile(join(root, "dist", "NOTICE"), noticeOf(program.licenses));
console.log(`dist/mailward.cjs ${manifest.version}: ${Math.round(program.text.length / 1024)} KiB`);
