/** The JavaScript that the single executable starts with, in the process and in each scan thread: it loads the real code
 *  with what V8 has compiled of it before. Code that V8 can not use so (of another version) is compiled as ever. */

/** Assets of the executable. */
export const PROGRAM = "program.js";
export const WORKER = "worker.js";
export const WORKER_LOADER = "worker-loader.js";
/** What is compiled of PROGRAM for a command and for the scan service's process, which share little; and of WORKER. */
export const PROGRAM_CACHE = "program.cache";
export const SERVICE_CACHE = "service.cache";
export const WORKER_CACHE = "worker.cache";

/** The code as a function of what a CommonJS module is given, in ASCII: one octet a character in memory, and nothing to
 *  decode. What the bundler leaves of other characters stands in regular expressions. */
export function asFunction(text: string): string {
  const code = text.replace(/^#!.*/, "").replace(/[\u0080-\uffff]/g, escaped);
  return `(function (exports, require, module, __filename, __dirname) {${code}\n})`;
}

/** The executable's main script. */
export function mainLoader(): string {
  const cache = `process.argv[2] === "scan-service" ? ${quoted(SERVICE_CACHE)} : ${quoted(PROGRAM_CACHE)}`;
  return loader(PROGRAM, cache, "__filename");
}

/** The script of a scan thread, for `new Worker(text, { eval: true })`. */
export function workerLoader(): string {
  return loader(WORKER, quoted(WORKER_CACHE), '"scan-thread.js"');
}

function loader(code: string, cache: string, filename: string): string {
  return [
    '"use strict";',
    'const { getRawAsset } = require("node:sea");',
    'const { Script } = require("node:vm");',
    "const octets = (name) => Buffer.from(getRawAsset(name));",
    `const options = { filename: ${filename}, cachedData: octets(${cache}) };`,
    `const script = new Script(octets(${quoted(code)}).latin1Slice(), options);`,
    "script.runInThisContext()(exports, require, module, __filename, __dirname);",
    "",
  ].join("\n");
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
