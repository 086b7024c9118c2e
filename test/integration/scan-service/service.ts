/** A scan service process for the tests: like the real one, with threads that misbehave when a message tells them to. */
import { runScanService } from "../../../src/scan/service.ts";

process.exitCode = await runScanService({ kind: "file", url: new URL("./worker.ts", import.meta.url) });
