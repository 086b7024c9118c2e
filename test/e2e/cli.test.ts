/** The executable on its own: how it starts, what it says when something is wrong. */
import { once } from "node:events";
import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  commandLine,
  EXECUTABLE,
  executableProblem,
  type RunResult,
  runCommand,
  runMailward,
  scratchDirectory,
  startServe,
} from "./executable.ts";

const problem = executableProblem();
const scratch = scratchDirectory("cli");

afterAll(() => scratch.dispose());

describe("mailward --version", () => {
  test("works with an empty environment", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const [command, args] = commandLine(["--version"]);
    const result = await runCommand("env", ["-i", command, ...args]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toMatch(/^mailward \d+\.\d+\.\d+\S*\n$/);
  });

  test("works in a directory that nobody can write to and without HOME", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const result = await runMailward(["--version"], { env: {}, cwd: "/proc" });
    expect(result).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("mailward demo", () => {
  test("shows each message, exits 0 and leaves no file", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const temporary = scratchDirectory("tmp");
    const env = { TMPDIR: temporary.path };
    const started = performance.now();
    const result = await runMailward(["demo"], { env, cwd: "/proc" });
    const elapsedMs = performance.now() - started;
    expect(result.stderr).toBe("");
    expect(result.code).toBe(0);
    expect(result.stdout).toContain("invoice.zip > eicar.com");
    expect(result.stdout).toContain("6 messages");
    expect(result.stdout).toContain("4 identical, 2 stopped. Everything happened as it should.");
    expect(result.stdout.includes("\u001b")).toBe(false);
    expect(readdirSync(temporary.path)).toEqual([]);
    expect(elapsedMs).toBeLessThan(10_000);
    temporary.dispose();
  });

  test("answers one JSON object with --json", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const result = await runMailward(["demo", "--json"]);
    const report = JSON.parse(result.stdout);
    expect(result.code).toBe(0);
    expect(report.isAsExpected).toBe(true);
    expect(report.downloads.map((download: { protocol: string }) => download.protocol)).toEqual(["pop3", "imap"]);
    expect(report.downloads[0].messages[2]).toMatchObject({ outcome: "replaced", verdict: "infected" });
    expect(report.notice).toMatch(/mailward/i);
  });
});

describe("mailward with something wrong", () => {
  test("suggests the nearest command", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const result = await runMailward(["serv"]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toMatch(/serve/);
  });

  test("suggests the nearest option", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const result = await runMailward(["serve", "--forwrad", "x"]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toMatch(/--forward/);
  });

  test("names file, line and key of a wrong configuration", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const config = join(scratch.path, "wrong.jsonc");
    writeFileSync(config, '{\n  // comment\n  "scan": {\n    "dpeth": 3\n  }\n}\n');
    const result = await runMailward(["serve", "--config", config]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(config);
    expect(result.stderr).toMatch(/dpeth/);
    expect(result.stderr).toMatch(/\b4\b/);
    expect(result.stderr).toMatch(/depth/);
    expectNoStack(result);
  });

  test("says which file can not be read", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const result = await runMailward(["serve", "--config", "/nonexistent/config.jsonc"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("/nonexistent/config.jsonc");
    expectNoStack(result);
  });

  test("says which port is in use", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const result = await runMailward(["serve", "--pop3", `127.0.0.1:${port}`, "--imap", "127.0.0.1:0"]);
    server.close();
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`127.0.0.1:${port}`);
    expect(result.stderr).toMatch(/in use|another program/i);
    expectNoStack(result);
  });

  test("says that a low port needs a permission", async ({ skip }) => {
    skip(problem !== undefined, problem);
    skip(process.getuid?.() !== 0, "only root can become somebody else");
    const lowest = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
    // In some containers every port is free to everybody: then there is nothing to say.
    if (lowest <= 110) return;
    // Where the executable was built may be closed to others.
    const copy = join(scratch.path, basename(EXECUTABLE));
    copyFileSync(EXECUTABLE, copy);
    chmodSync(copy, 0o755);
    chmodSync(scratch.path, 0o755);
    const [command, args] = commandLine(["serve", "--pop3", "127.0.0.1:110", "--imap", "off"], copy);
    const result = await runCommand("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", command, ...args], {
      env: { TMPDIR: "/tmp" },
    });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("127.0.0.1:110");
    expect(result.stderr).toMatch(/permission|not allowed|privilege/i);
    expectNoStack(result);
  });

  test("says that no CA file is there", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const config = join(scratch.path, "ca.jsonc");
    const listen = { pop3: ["127.0.0.1:0"], imap: [] };
    writeFileSync(config, JSON.stringify({ listen, upstream: { caFile: join(scratch.path, "none.pem") } }));
    const result = await runMailward(["serve", "--config", config]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("none.pem");
    expectNoStack(result);
  });
});

describe("mailward serve", () => {
  test("starts with an empty environment in a read-only directory, and ends with 0 on SIGTERM", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const serving = await startServe(["--pop3", "127.0.0.1:0", "--imap", "127.0.0.1:0"], 2, { env: {}, cwd: "/proc" });
    expect(serving.listeners.map(({ protocol, mode }) => [protocol, mode])).toEqual([
      ["pop3", "explicit"],
      ["imap", "explicit"],
    ]);
    expect(await serving.stop()).toBe(0);
  });

  test("leaves no process behind", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const serving = await startServe(["--pop3", "127.0.0.1:0", "--imap", "off"], 1);
    const children = childrenOf(serving.pid);
    expect(children.length).toBeGreaterThan(0);
    await serving.stop();
    expect(children.filter(isAlive)).toEqual([]);
  });

  test("ends the scan service also when it is killed itself", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const serving = await startServe(["--pop3", "127.0.0.1:0", "--imap", "off"], 1);
    const children = childrenOf(serving.pid);
    process.kill(serving.pid, "SIGKILL");
    await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });
});

function expectNoStack(result: RunResult): void {
  expect(result.stderr).not.toMatch(/^\s+at /m);
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
