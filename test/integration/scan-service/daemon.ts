/** A daemon for the tests: starts the scan service, says its process id, and waits to be killed. */
import { fileURLToPath } from "node:url";
import { silentLogger } from "../../../src/core/log.ts";
import { startScanService } from "../../../src/scan/service-client.ts";
import { noEngines } from "../../support/engine-settings.ts";
import { scanSettings, systemClock } from "./options.ts";

const service = startScanService({
  scan: scanSettings,
  engines: noEngines,
  logger: silentLogger,
  clock: systemClock,
  command: { command: process.execPath, args: [fileURLToPath(new URL("./service.ts", import.meta.url))] },
});
const message = Buffer.from(process.argv[2] ?? "");
await service.ready();
process.stdout.write(`${service.pid}\n`);
await service.judge({
  bytes: message.length,
  async *chunks() {
    yield message;
  },
});
setInterval(() => {}, 1_000);
