/** The code of one scan thread: the scanner, set up once and given one message after the other. */
import { workerData } from "node:worker_threads";
import { displayOf } from "../mime/display.ts";
import { rewriteMessage } from "./rewriter.ts";
import type { ThreadSetup } from "./service-data.ts";
import { serveJobs } from "./service-worker.ts";
import { createThreadScanner } from "./thread-scanner.ts";

const setup: ThreadSetup = workerData;
const scanner = createThreadScanner(setup, { now: () => Date.now(), monotonic: () => performance.now() });

serveJobs({
  judge: (bytes) => scanner.judgeMessage(bytes),
  rewrite: (bytes, request) => rewriteMessage(scanner, bytes, request),
  describe: (header) => displayOf(header, header.length),
});
