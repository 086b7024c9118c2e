/** The process behind proxy-process.ts: serves until its input ends. */
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { startProxy } from "../../src/app/compose.ts";
import { defaultSettings } from "../../src/config/defaults.ts";
import { silentLogger } from "../../src/core/log.ts";
import { cleanService } from "./relay-proxy.ts";

const settings = defaultSettings();
const forward = [`127.0.0.1:0=imap://127.0.0.1:${process.argv[2]}`];
const proxy = await startProxy({
  settings: { ...settings, listen: { ...settings.listen, pop3: [], imap: [] }, forward },
  scanService: cleanService,
  logger: silentLogger,
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  temporaryDirectory: tmpdir(),
});
say({ port: proxy.addresses[0]?.port });
const input = createInterface({ input: process.stdin });
input.on("line", () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  say({ rss, used: heapUsed + external });
});
input.on("close", () => process.exit());

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
