/** The licences of the packages inside a bundle and beside it, as their terms ask for in every copy. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import type { CarriedLicense } from "../src/cli/carried-licenses.ts";

/** Of every package that gave code to one of the bundles or a file to `assets` (paths under node_modules), by name. */
export async function collectLicenses(
  root: string,
  metafiles: readonly Metafile[],
  assets: readonly string[],
): Promise<CarriedLicense[]> {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs));
  const folders = new Set([...inputs, ...assets.map((path) => `node_modules/${path}`)].flatMap(packageFolder));
  const licenses = await Promise.all(Array.from(folders, (folder) => readPackage(root, folder)));
  const known = new Map(licenses.map((license) => [`${license.name} ${license.version}`, license]));
  return [...known.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** One text of all. */
export function noticeOf(licenses: readonly CarriedLicense[]): string {
  const parts = licenses.map(
    ({ name, version, license, text }) => `${RULE}\n${name} ${version} (${license})\n\n${text}`,
  );
  return [INTRODUCTION, ...parts].join("\n");
}

/** The package's folder relative to the root; none for a file of the project itself. */
export function packageFolder(path: string): string[] {
  const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.replaceAll("\\", "/"))?.[0];
  return folder === undefined ? [] : [folder];
}

async function readPackage(root: string, path: string): Promise<CarriedLicense> {
  const folder = join(root, path);
  const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  if (!isManifest(manifest)) throw new Error(`Cannot tell the licence of "${folder}": its package.json names none`);
  const { name, version } = manifest;
  const ours = OUR_TEXTS.get(name);
  const license = ours?.license ?? manifest.license;
  const names = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).sort();
  const files = [
    ...names.map((file) => join(folder, file)),
    ...(ours?.files ?? []).map((file) => join(root, "scripts/licenses", file)),
  ];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const text = texts.length > 0 ? texts.join("\n") : `Its package brings no licence text; ${license} applies.\n`;
  return { name, version, license, text };
}

function isManifest(value: unknown): value is Omit<CarriedLicense, "text"> {
  if (typeof value !== "object" || value === null) return false;
  return ["name", "version", "license"].every((key) => key in value && typeof Reflect.get(value, key) === "string");
}

/** Packages that do not bring all that their terms ask for. */
const OUR_TEXTS: ReadonlyMap<string, { readonly license?: string; readonly files: readonly string[] }> = new Map([
  [
    "7z-wasm",
    {
      license: "LGPL-2.1-or-later AND LicenseRef-unRAR AND BSD-3-Clause AND BSD-2-Clause",
      files: ["7z-wasm.txt", "7-zip-bsd.txt", "lgpl-2.1.txt"],
    },
  ],
  ["@virustotal/yara-x", { files: ["yara-x.txt"] }],
]);
const LICENSE_FILE = /^(?:[\w-]*licen[cs]e[\w.-]*|copying[\w.-]*|notice[\w.-]*)$/i;
const RULE = "=".repeat(78);
const INTRODUCTION = "mailward contains work of these projects, each under its own licence.\n";
