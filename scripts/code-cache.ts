/** Makes what V8 keeps of compiled code by running the program on some mail: functions that were called are in it, and
 *  start without being compiled again. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Script } from "node:vm";
import { sampleMessage, writeSignatures, writeTextMails } from "./bench/scan-samples.ts";
import { PROGRAM, PROGRAM_CACHE, SERVICE_CACHE, WORKER, WORKER_CACHE, WORKER_LOADER } from "./code-loader.ts";

/** Puts the caches for `program` and `worker`, forms of `asFunction`, into `folder`. `assets` are files that the program
 *  has beside it. The Node that runs this has to be the one that will use them. */
export async function makeCodeCaches(
  folder: string,
  {
    program,
    worker,
    assets,
  }: { readonly program: string; readonly worker: string; readonly assets: readonly string[] },
): Promise<void> {
  const main = join(folder, "main.cjs");
  await writeFile(join(folder, PROGRAM), program);
  await writeFile(join(folder, WORKER), worker);
  await writeFile(main, RECORDED_MAIN);
  await writeFile(join(folder, WORKER_LOADER), recordedWorker(folder));
  for (const asset of assets) await copyFile(asset, join(folder, asset.replace(/^.*[\\/]/, "")));
  await scanSamples(folder, main);
  for (const [code, cache] of [
    [program, PROGRAM_CACHE],
    [program, SERVICE_CACHE],
    [worker, WORKER_CACHE],
  ] as const) {
    const script = new Script(code, { cachedData: await readFile(join(folder, cache)) });
    if (script.cachedDataRejected !== false) throw new Error(`Cannot package the program: V8 refuses its "${cache}"`);
  }
}

/** Twice: the second time the databases are there in their compiled form. */
async function scanSamples(folder: string, main: string): Promise<void> {
  const samples = join(folder, "samples");
  const databases = writeSignatures(join(folder, "databases"), { literals: 500, hashes: 20_000 });
  writeTextMails(samples, 30);
  await mkdir(samples, { recursive: true });
  await writeFile(join(samples, "attachment.eml"), sampleMessage(200_000));
  await writeFile(join(samples, "page.eml"), PAGE);
  const config = join(folder, "config.jsonc");
  await writeFile(config, JSON.stringify({ signatures: { files: [databases] } }));
  for (let run = 0; run < 2; run += 1) {
    await promisify(execFile)(
      process.execPath,
      [main, "scan", "--config", config, "--no-cache", "--threads=1", samples],
      { env: { HOME: folder }, timeout: 120_000 },
    );
  }
}

/** Stands for the executable: its assets are files, and what was compiled is written when it ends. The scan service is
 *  asked to end where it would be killed, and stays who it is, so that it can write. */
const RECORDED_MAIN = `
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");
const isService = process.argv[2] === "scan-service";
const sea = { isSea: () => false, getAsset: (name) => readFileSync(join(__dirname, name), "utf8") };
const script = new Script(readFileSync(join(__dirname, ${JSON.stringify(PROGRAM)}), "latin1"), { filename: __filename });
const { kill } = process;
process.kill = (pid, signal) => kill.call(process, Math.abs(pid), signal === "SIGKILL" ? "SIGUSR2" : signal);
process.setuid = process.setgid = process.setgroups = () => {};
if (isService) process.on("SIGUSR2", () => process.exit());
process.on("exit", () => {
  const cache = isService ? ${JSON.stringify(SERVICE_CACHE)} : ${JSON.stringify(PROGRAM_CACHE)};
  writeFileSync(join(__dirname, cache), script.createCachedData());
});
const load = (name) => (name === "node:sea" ? sea : require(name));
script.runInThisContext()(exports, load, module, __filename, __dirname);
`;

/** Writes after each message: a thread is ended without warning. */
function recordedWorker(folder: string): string {
  return `
"use strict";
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { parentPort } = require("node:worker_threads");
const { Script } = require("node:vm");
const script = new Script(readFileSync(${JSON.stringify(join(folder, WORKER))}, "latin1"), { filename: "scan-thread.js" });
script.runInThisContext()(exports, require, module, __filename, __dirname);
const file = ${JSON.stringify(join(folder, WORKER_CACHE))};
parentPort.on("message", () => {
  setImmediate(() => {
    writeFileSync(file + ".new", script.createCachedData());
    renameSync(file + ".new", file);
  });
});
`;
}

const PAGE = [
  "From: Sender <sender@example.org>",
  "To: reader@example.net",
  "Subject: =?utf-8?Q?a_page?=",
  "MIME-Version: 1.0",
  'Content-Type: multipart/alternative; boundary="page"',
  "",
  "--page",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "The text =C3=A4",
  "--page",
  "Content-Type: text/html; charset=utf-8",
  "",
  '<html><head><style>p { color: red }</style></head><body><p>The <a href="https://example.org/">page</a></p></body></html>',
  "--page--",
  "",
].join("\r\n");
