import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { UserError } from "../../src/core/errors.ts";
import { isAlive, messageOf, startTestService } from "./scan-service/options.ts";

const NODE = process.execPath;

test("startScanService() gives the process nothing but its channel", async () => {
  await using service = startTestService();
  await service.ready();
  expect(readFileSync(`/proc/${service.pid}/environ`, "utf8").replaceAll("\0", "")).toBe("");
  expect(readlinkSync(`/proc/${service.pid}/cwd`)).toBe("/");
  expect(readlinkSync(`/proc/${service.pid}/fd/0`)).toBe("/dev/null");
  expect(readlinkSync(`/proc/${service.pid}/fd/1`)).toBe("/dev/null");
  expect(readFileSync(`/proc/${service.pid}/oom_score_adj`, "utf8").trim()).toBe("500");
});

test("startScanService() runs as nobody when it is root and the code can be read", async () => {
  await using service = startTestService();
  await service.ready();
  const user = /^Uid:\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${service.pid}/status`, "latin1"));
  const hasStayedRoot = service.entries.some(({ event }) => event === "scan-service-problem");
  const expected = process.getuid?.() === 0 && !hasStayedRoot ? "65534" : String(process.getuid?.());
  expect([user?.[1], user?.[2]]).toEqual([expected, expected]);
});

test("the process does not end by the signals of a terminal", async () => {
  await using service = startTestService();
  await service.ready();
  const pid = service.pid ?? 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pid, signal);
  expect((await service.judge(messageOf("fine"))).verdict.kind).toBe("clean");
  expect(service.pid).toBe(pid);
});

test("close() leaves no process, whatever the threads do", async () => {
  const service = startTestService();
  await service.ready();
  const pid = service.pid ?? 0;
  const pending = service.judge(messageOf("hang"));
  await Promise.all([expect(pending).rejects.toThrow(UserError), service.close()]);
  expect(isAlive(pid)).toBe(false);
  await expect(service.judge(messageOf("fine"))).rejects.toThrow("the scan service is closed");
});

test("close() ends a service that is still starting", async () => {
  const service = startTestService();
  const pid = service.pid ?? 0;
  const ready = service.ready();
  await Promise.all([expect(ready).rejects.toThrow(UserError), service.close()]);
  expect(isAlive(pid)).toBe(false);
});

test.each(["fine", "hang"])("the process ends when its daemon is killed (thread: %s)", async (message) => {
  const path = fileURLToPath(new URL("./scan-service/daemon.ts", import.meta.url));
  const daemon = spawn(NODE, [path, message], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(daemon.stdout, "data");
  const pid = Number(String(line));
  expect(isAlive(pid)).toBe(true);
  daemon.kill("SIGKILL");
  await once(daemon, "exit");
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 5_000, interval: 20 });
});

test("judge() rejects when the executable does not exist", async () => {
  await using service = startTestService({}, ["/nonexistent/mailward"]);
  await expect(service.judge(messageOf("fine"))).rejects.toThrow(/^Cannot start the scan service: .*ENOENT/);
  await expect(service.ready()).rejects.toThrow(UserError);
  await expect(service.judge(messageOf("fine"))).rejects.toThrow(UserError);
});

test("judge() rejects with what the process said before it ended", async () => {
  await using service = startTestService({}, [
    NODE,
    "-e",
    "console.error('an error of \\x1b[31mits own'); process.exit(3)",
  ]);
  const expected = String.raw`Cannot start the scan service: it ended with exit code 3: an error of \x1b[31mits own`;
  await expect(service.judge(messageOf("fine"))).rejects.toThrow(expected);
});

test("a process that cannot start is tried again ever more slowly", async () => {
  await using service = startTestService({}, [NODE, "-e", "process.exit(3)"]);
  await vi.waitFor(() => expect(restarts(service.entries)).toHaveLength(4), { timeout: 10_000 });
  expect(restarts(service.entries).slice(0, 4)).toEqual([50, 100, 200, 400]);
});

test("ready() rejects when the threads cannot start", async () => {
  const text = `import(${JSON.stringify(new URL("../../src/scan/service.ts", import.meta.url).href)})
    .then(({ runScanService }) => runScanService({ kind: "source", text: "throw new Error('no such engine')" }))
    .then((code) => { process.exitCode = code; });`;
  await using service = startTestService({}, [NODE, "-e", text]);
  await expect(service.ready()).rejects.toThrow(/a scan thread can not start: no such engine/);
});

function restarts(entries: readonly { event: string; fields: object }[]): unknown[] {
  return entries.flatMap(({ event, fields }) =>
    event === "scan-service-ended" && "restartMs" in fields ? [fields.restartMs] : [],
  );
}

/** An orphan's entry may stay behind as a zombie where nobody collects it. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !stat.startsWith(" Z ", stat.lastIndexOf(")") + 1);
  } catch {
    return false;
  }
}
