/** Makes dist/mailward: one executable that carries Node and the bundle, and needs nothing beside it. pkg makes it in
 *  SEA mode, out of the Node that npm installed: nothing is downloaded, nothing is read or written outside the project
 *  and the folder for temporary files. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { ASSETS } from "../src/scan/assets.ts";
import { asProgram } from "./bundle.ts";
import { makeCodeCaches } from "./code-cache.ts";
import {
  asFunction,
  mainLoader,
  PROGRAM,
  PROGRAM_CACHE,
  SERVICE_CACHE,
  WORKER,
  WORKER_CACHE,
  WORKER_LOADER,
  workerLoader,
} from "./code-loader.ts";
import { bundleProgram } from "./program.ts";
import { findRuntime } from "./runtime.ts";

const root = join(import.meta.dirname, "..");
const runtime = findRuntime(root);
const executable = join(root, "dist", runtime.platform === "win" ? "mailward.exe" : "mailward");

const WEB_ASSEMBLY = Object.keys(ASSETS).map((name) => join(root, "dist", name));
if (!WEB_ASSEMBLY.every((path) => existsSync(path))) {
  throw new Error('Cannot package the program: "dist" is not complete; run "npm run build" first');
}

/** What pkg hands on to Node. */
const SEA_CONFIG = {
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  // The loader is small; the code that it loads comes with a cache of its own.
  useCodeCache: false,
  // NODE_OPTIONS of the user's shell does not reach into a program that sees all mail.
  execArgvExtension: "none",
  // SIGUSR1 would open a debugger's port.
  execArgv: runtime.version.startsWith("22.") ? [] : ["--disable-sigusr1"],
  // WebAssembly of others, which a file beside the executable replaces, and the terms of the Node in it.
  assets: {
    ...Object.fromEntries(Object.keys(ASSETS).map((name) => [name, join(root, "dist", name)])),
    "NOTICE-node": join(runtime.folder, "LICENSE"),
  },
};

const folder = await mkdtemp(join(tmpdir(), "mailward-package-"));
try {
  await makeExecutable(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
await checkVersion();
await copyFile(join(runtime.folder, "LICENSE"), join(root, "dist", "NOTICE-node"));
console.log(`${executable} ${manifest.version}: ${Math.round((await stat(executable)).size / 1024 ** 2)} MiB`);

/** A running mailward keeps the file it was started from: the new one takes its name, not its place. */
async function makeExecutable(folder: string): Promise<void> {
  // pkg asks for a cache when it is loaded, by default in the user's home.
  process.env.PKG_CACHE_PATH = folder;
  const { default: pkg } = await import("pkg/lib-es5/sea.js");
  const code = join(folder, "code");
  await mkdir(code);
  const { text, worker } = await bundleProgram(root, "apart");
  const program = asFunction(asProgram(text));
  await makeCodeCaches(code, { program, worker: asFunction(worker), assets: WEB_ASSEMBLY });
  await writeFile(join(code, WORKER_LOADER), workerLoader());
  const main = join(folder, "mailward.cjs");
  const output = `${executable}.new`;
  await writeFile(main, mainLoader());
  await pkg.default(main, {
    targets: [{ nodeRange: `node${runtime.version}`, platform: runtime.platform, arch: runtime.arch, output }],
    nodePath: runtime.binary,
    seaConfig: { ...SEA_CONFIG, assets: { ...SEA_CONFIG.assets, ...codeAssets(code) } },
    signature: true,
  });
  await chmod(output, 0o755);
  await rename(output, executable);
}

function codeAssets(folder: string): Record<string, string> {
  const names = [PROGRAM, PROGRAM_CACHE, SERVICE_CACHE, WORKER, WORKER_CACHE, WORKER_LOADER];
  return Object.fromEntries(names.map((name) => [name, join(folder, name)]));
}

/** Starts what was made, with nothing in its environment. */
async function checkVersion(): Promise<void> {
  const { stdout } = await promisify(execFile)(executable, ["--version"], { env: {}, timeout: 60_000 });
  if (!stdout.includes(manifest.version)) throw new Error(`Cannot start "${executable}": it answers ${stdout}`);
}
