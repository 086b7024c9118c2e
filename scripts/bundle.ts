/** Bundles the program, or any entry of the same kind, into the text of one CommonJS file. */
import { build, type Metafile, type Plugin } from "esbuild";
import { patchPlugin } from "./bundle-patches.ts";
import { nodeGuard, OLDEST_NODE } from "./node-guard.ts";

export interface Bundle {
  readonly text: string;
  readonly metafile: Metafile;
}

/** Modules that the bundle holds in another form, by the end of their path with `/`. */
export type Replacements = ReadonlyMap<string, string>;

/** One file that needs nothing beside it. `replacements` are the build's own forms of modules of `src`. */
export async function bundle(entry: string, replacements: Replacements = new Map()): Promise<Bundle> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "cjs",
    target: `node${OLDEST_NODE}`,
    // Names stay, for stack traces; so do line breaks, because Node prints the whole line that threw.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 200,
    charset: "ascii",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"', "import.meta.url": "bundleUrl" },
    alias: ALIASES,
    // A module that hands `require` around can look for files that are not there any more.
    logOverride: { "indirect-require": "warning", "unsupported-require-call": "warning" },
    plugins: [replacePlugin(replacements), patchPlugin()],
    logLevel: "silent",
  });
  if (result.warnings.length > 0) {
    throw new Error(result.warnings.map(({ text, location }) => `${location?.file ?? ""}: ${text}`).join("\n"));
  }
  return { text: result.outputFiles[0]?.text ?? "", metafile: result.metafile };
}

/** The bundle as a program: it starts by itself, and refuses a Node that is too old. */
export function asProgram(text: string): string {
  return ["#!/usr/bin/env node", '"use strict";', nodeGuard(), BUNDLE_URL, text].join("\n");
}

/** The bundle as code for a thread. */
export function asWorker(text: string): string {
  return ['"use strict";', BUNDLE_URL, text].join("\n");
}

function replacePlugin(replacements: Replacements): Plugin {
  const unused = new Set(replacements.keys());
  return {
    name: "replacements",
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        for (const [end, contents] of replacements) {
          if (!path.replaceAll("\\", "/").endsWith(end)) continue;
          unused.delete(end);
          return { contents, loader: "ts" };
        }
        return undefined;
      });
      build.onEnd(() => {
        if (unused.size === 0) return undefined;
        return { errors: [{ text: `Cannot replace ${Array.from(unused).join(", ")}: not in the bundle` }] };
      });
    },
  };
}

/** What `import.meta.url` becomes: CommonJS has none. */
const BUNDLE_URL = 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;';
/** Its main file is a UMD wrapper, which no bundler can look into. */
const ALIASES = { "jsonc-parser": "jsonc-parser/lib/esm/main.js" };
