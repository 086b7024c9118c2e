/** The code of one scan thread: the scanner, set up once and given one message after the other. */
import { workerData } from "node:worker_threads";
import type { ThreadSetup } from "./service-data.ts";
import { serveJobs } from "./service-worker.ts";
import { createThreadWork } from "./thread-work.ts";

const setup: ThreadSetup = workerData;

serveJobs(createThreadWork(setup, { now: () => Date.now(), monotonic: () => performance.now() }));
