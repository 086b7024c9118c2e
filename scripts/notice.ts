/** The licences of the packages inside a bundle, as their terms ask for in every copy. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

/** One text with every package that gave code to one of the bundles. */
export async function noticeOf(root: string, metafiles: readonly Metafile[]): Promise<string> {
  const folders = new Set(metafiles.flatMap((metafile) => Object.keys(metafile.inputs)).flatMap(packageFolder));
  const packages = await Promise.all(Array.from(folders, (folder) => readPackage(join(root, folder))));
  packages.sort((left, right) => (left.name < right.name ? -1 : 1));
  const parts = packages.map(
    ({ name, version, license, text }) => `${RULE}\n${name} ${version} (${license})\n\n${text}`,
  );
  return [INTRODUCTION, ...new Set(parts)].join("\n");
}

/** The package's folder relative to the root; none for a file of the project itself. */
export function packageFolder(path: string): string[] {
  const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.replaceAll("\\", "/"))?.[0];
  return folder === undefined ? [] : [folder];
}

async function readPackage(folder: string): Promise<Package> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  if (!isManifest(manifest)) throw new Error(`Cannot tell the licence of "${folder}": its package.json names none`);
  const names = (await readdir(folder)).filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const text =
    texts.length > 0 ? texts.join("\n") : `Its package brings no licence text; ${manifest.license} applies.\n`;
  return { name: manifest.name, version: manifest.version, license: manifest.license, text };
}

function isManifest(value: unknown): value is Omit<Package, "text"> {
  if (typeof value !== "object" || value === null) return false;
  return ["name", "version", "license"].every((key) => key in value && typeof Reflect.get(value, key) === "string");
}

const RULE = "=".repeat(78);
const INTRODUCTION = "mailward contains code of these projects, each under its own licence.\n";
