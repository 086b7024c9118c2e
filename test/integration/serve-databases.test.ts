import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { type CliHome, cliHome } from "../support/run-cli.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const PATIENCE = { timeout: 60_000, interval: 50 };

test("mailward serve takes up new databases, keeps the old ones when it must, and says so", {
  timeout: 180_000,
}, async () => {
  const cli = cliHome();
  const folder = join(cli.home, "own");
  mkdirSync(folder);
  writeFileSync(join(folder, "own.hdb"), lines("one"));
  await cli.run("db", "add", "own");
  const daemon = await serve(cli);
  expect(await running(cli)).toMatchObject([{ pid: daemon.pid, signatures: 1, isCurrent: true }]);

  // A second file, found by the watch.
  writeFileSync(join(folder, "more.hdb"), lines("two"));
  await daemon.says("databases-loaded", 1);
  expect(await running(cli)).toMatchObject([{ pid: daemon.pid, signatures: 2, isCurrent: true }]);

  // A spoiled one, by a signal.
  writeFileSync(join(folder, "own.hdb"), "spoiled\n");
  writeFileSync(join(folder, "more.hdb"), "spoiled\n");
  daemon.hangUp();
  const rejected = await daemon.says("database-rejected", 1);
  expect(rejected.error).toContain("nothing in it is a signature");
  const { code, stdout } = await cli.run("db", "info");
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining(`mailward ${daemon.pid} is running and has others: 2 signatures`),
  ]);

  // Another folder, by the configuration.
  writeFileSync(join(cli.home, "third.ndb"), "Own.Third:0:*:deadbeef\n");
  await cli.run("config", "set", "signatures.files", "third.ndb");
  daemon.hangUp();
  await daemon.says("databases-loaded", 2);
  expect(await running(cli)).toMatchObject([{ pid: daemon.pid, signatures: 1, isCurrent: true }]);

  expect(await daemon.end()).toBe(0);
  expect(await running(cli)).toEqual([]);
});

async function serve(cli: CliHome) {
  const child: ChildProcess = spawn(
    process.execPath,
    [MAIN, "serve", "--log", "json", "--pop3", "127.0.0.1:0", "--imap", "off"],
    { env: cli.env, cwd: cli.home, stdio: ["ignore", "ignore", "pipe"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const entries: Record<string, unknown>[] = [];
  if (child.stderr === null) throw new Error("the daemon has no standard error");
  createInterface(child.stderr).on("line", (line) => {
    if (line.startsWith("{")) entries.push(JSON.parse(line));
  });
  const says = async (event: string, count: number): Promise<Record<string, unknown>> => {
    return await vi.waitFor(() => {
      const found = entries.filter((entry) => entry.event === event);
      expect(found.length, JSON.stringify(entries)).toBeGreaterThanOrEqual(count);
      return found[count - 1] ?? {};
    }, PATIENCE);
  };
  await says("listening", 1);
  return {
    pid: child.pid,
    says,
    hangUp: () => child.kill("SIGHUP"),
    async end() {
      child.kill("SIGTERM");
      const [code] = await once(child, "exit");
      return code;
    },
  };
}

async function running(cli: CliHome): Promise<unknown> {
  return JSON.parse((await cli.run("db", "info", "--json")).stdout).running;
}

function lines(...contents: string[]): string {
  return contents
    .map((text) => `${createHash("md5").update(text).digest("hex")}:${text.length}:Own.${text}\n`)
    .join("");
}
