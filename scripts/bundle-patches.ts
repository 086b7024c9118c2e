/** What must change in a package so that it can live in one CommonJS file, which has no top-level await. A patch fails
 *  the build when a new version of the package no longer has the text that it replaces. */
import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

export interface Patch {
  readonly file: RegExp;
  apply(text: string): string;
}

/** Applies the patches to the files that the bundle takes in. */
export function patchPlugin(): Plugin {
  return {
    name: "patches",
    setup(build) {
      for (const patch of patches) {
        build.onLoad({ filter: patch.file }, async ({ path }) => ({
          contents: patch.apply(await readFile(path, "utf8")),
          loader: "js",
        }));
      }
    },
  };
}

export const patches: readonly Patch[] = [
  {
    file: /[\\/]ink[\\/]build[\\/]reconciler\.js$/,
    // For development only: loads the React DevTools, and reads ink's own package.json.
    apply: (text) => replace(text, "process.env['DEV'] === 'true'", "false", 2),
  },
  {
    file: /[\\/]yoga-layout[\\/]dist[\\/]src[\\/]index\.js$/,
    apply(text) {
      const named = replace(text, "import loadYoga from", "import loadYoga, { yogaBase64 } from", 1);
      return replace(named, "const Yoga = wrapAssembly(await loadYoga());", LOAD_YOGA_AT_ONCE, 1);
    },
  },
  {
    file: /[\\/]yoga-layout[\\/]dist[\\/]binaries[\\/]yoga-wasm-base64-esm\.js$/,
    apply(text) {
      const base64 = /"data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)"/.exec(text)?.[1];
      if (base64 === undefined) throw new Error("Cannot patch yoga-layout: its WebAssembly is not where it was");
      const emptied = replace(text, base64, "", 1);
      return `${replace(emptied, "var _scriptDir = import.meta.url;", 'var _scriptDir = "";', 1)}
export const yogaBase64 = "${base64}";
`;
    },
  },
];

/** `text` with every `from` replaced; throws unless there are exactly `times` of them. */
function replace(text: string, from: string, to: string, times: number): string {
  const pieces = text.split(from);
  if (pieces.length - 1 === times) return pieces.join(to);
  throw new Error(`Cannot patch a package: "${from}" occurs ${pieces.length - 1} times instead of ${times}`);
}

/** The layout engine's WebAssembly (90 KB) compiles in 1-2 ms, so nothing needs to be awaited. */
const LOAD_YOGA_AT_ONCE = `
const yoga = {
  instantiateWasm(imports, receive) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(yogaBase64, "base64")), imports);
    receive(instance);
    return instance.exports;
  },
};
loadYoga(yoga);
const Yoga = wrapAssembly(yoga);
`;
