/** Files that come with the program and are not code of the bundle: WebAssembly of other projects. They stay files of
 *  their own, so that whoever wants to can put another build in their place. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { getRawAsset, isSea } from "node:sea";
import { systemErrorCode } from "../core/errors.ts";

/** By the name they have beside the bundle: the module they come from. */
export const ASSETS = {
  "7zz.wasm": "7z-wasm/7zz.wasm",
  "yara-x.wasm": "@virustotal/yara-x/pkg/yara_x_js_bg.wasm",
} as const;

export type AssetName = keyof typeof ASSETS;

/** The asset's octets in memory that threads can share: of the file beside the program, else of what the executable
 *  carries. Rejects when there is neither. */
export async function loadAsset(name: AssetName): Promise<Uint8Array<SharedArrayBuffer>> {
  const octets = (await readBeside(name)) ?? (isSea() ? new Uint8Array(getRawAsset(name)) : await readPackage(name));
  const shared = new Uint8Array(new SharedArrayBuffer(octets.length));
  shared.set(octets);
  return shared;
}

async function readBeside(name: AssetName): Promise<Uint8Array | undefined> {
  const program = isSea() ? process.execPath : (process.argv[1] ?? process.execPath);
  try {
    return await readFile(join(dirname(program), name));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** When the program runs from source. */
async function readPackage(name: AssetName): Promise<Uint8Array> {
  const [scope = "", ...rest] = ASSETS[name].split("/");
  const packageName = scope.startsWith("@") ? `${scope}/${rest.shift()}` : scope;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    return await readFile(join(dirname(manifest), ...rest));
  } catch (cause) {
    throw new Error(`there is no "${name}" beside the program`, { cause });
  }
}
