import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { processContext } from "../../src/cli/context.ts";
import { UserError } from "../../src/core/errors.ts";
import { cliHome } from "../support/run-cli.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

async function errorOutput(stdout: "pipe" | number): Promise<{ code: unknown; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, "config", "--help"], {
    env: { ...cliHome().env },
    stdio: ["ignore", stdout, "pipe"],
  });
  child.stdout?.destroy();
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, "close");
  return { code, stderr };
}

describe("standard output", () => {
  test("may be closed before anything was written", async () => {
    expect(await errorOutput("pipe")).toEqual({ code: 0, stderr: "" });
  });

  test("on a full disk is an error", async () => {
    expect(await errorOutput(openSync("/dev/full", "w"))).toEqual({
      code: 2,
      stderr: "mailward: Cannot write the output: no space is left on the disk\n",
    });
  });
});

describe("processContext()", () => {
  test("takes over the signals only for those who ask, and only once", async () => {
    const listeners = (): number => process.listenerCount("SIGINT") + process.listenerCount("SIGTERM");
    const before = listeners();
    const context = processContext([]);
    expect(listeners()).toBe(before);
    const { signal } = context;
    expect(listeners()).toBe(before + 2);
    expect(context.signal).toBe(signal);
    process.emit("SIGTERM", "SIGTERM");
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBeInstanceOf(UserError);
    expect(signal.reason).toMatchObject({ message: "Stopped by SIGTERM", exitCode: 143 });
    // Still there while the signal is handed round, or signal-exit would take itself for the last listener and end us.
    expect(listeners()).toBe(before + 2);
    await new Promise((resolve) => setImmediate(resolve));
    // A second signal finds nobody and ends the program.
    expect(listeners()).toBe(before);
  });
});
