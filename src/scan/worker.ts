/** The code of one scan thread: the scanner, set up once and given one message after the other. */
import { workerData } from "node:worker_threads";
import { createSignatureEngine } from "./engines/signatures/signature-engine.ts";
import { rewriteMessage } from "./rewriter.ts";
import { createScanner } from "./scanner.ts";
import type { ThreadSetup } from "./service-data.ts";
import { serveJobs } from "./service-worker.ts";

const { scan, signatures }: ThreadSetup = workerData;
const scanner = createScanner({
  engines: [createSignatureEngine(signatures)],
  options: scan,
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
});

serveJobs({
  judge: (bytes) => scanner.judgeMessage(bytes),
  rewrite: (bytes, request) => rewriteMessage(scanner, bytes, request),
});
