import { describe, expect, test } from "vitest";
import type { CliContext } from "../../../src/cli/context.ts";
import { alignRows, outputTo } from "../../../src/cli/output.ts";
import { run } from "../../../src/cli/run.ts";
import { UserError } from "../../../src/core/errors.ts";
import { version } from "../../../src/core/version.ts";
import { cliContext, Sink } from "../../support/run-cli.ts";

async function runWith(
  argv: readonly string[],
  changes: Partial<CliContext> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const code = await run(argv, cliContext({ stdout, stderr, env: {}, cwd: "/" }, changes));
  return { code, stdout: stdout.text, stderr: stderr.text };
}

describe("run()", () => {
  test("shows the version", async () => {
    for (const argv of [["--version"], ["-V"], ["ports", "--version"]]) {
      expect(await runWith(argv)).toEqual({ code: 0, stdout: `mailward ${version}\n`, stderr: "" });
    }
  });

  test("shows help for the whole and for each command, on standard output", async () => {
    const overview = await runWith(["--help"]);
    expect(overview).toMatchObject({ code: 0, stderr: "" });
    expect(overview.stdout).toContain("  exclude ");
    expect(overview.stdout).toContain("Tested on Linux. It has not been tested on macOS or Windows.");
    expect(overview.stdout).not.toContain("scan-service");
    expect((await runWith(["help"])).stdout).toBe(overview.stdout);
    const ports = await runWith(["ports", "--help"]);
    expect(ports.stdout).toContain("mailward ports add PROTOCOL PORT...");
    expect((await runWith(["help", "ports"])).stdout).toBe(ports.stdout);
    expect((await runWith(["ports", "add", "--nonsense", "-h"])).stdout).toBe(ports.stdout);
  });

  test("fits the help into the width of a terminal", async () => {
    for (const argv of [["--help"], ["db", "--help"], ["config", "--help"], ["exclude", "--help"], []]) {
      const stream = Object.assign(new Sink(), { isTTY: true, columns: 80 });
      const { code } = await runWith(argv, { stdout: outputTo(stream), stderr: outputTo(stream) });
      expect(code).toBe(argv.length === 0 ? 2 : 0);
      expect(stream.text.split("\n").filter((line) => line.length > 80)).toEqual([]);
      expect(stream.text).toContain("Usage:\n");
    }
  });

  test("lists every configuration key in the help of config", async () => {
    const { stdout } = await runWith(["config", "--help"]);
    expect(stdout).toContain("  scan.archiveSize\n");
    expect(stdout).toContain('Default: "30 MiB"');
  });

  test("says what is wrong with the words and exits with 2", async () => {
    const nothing = await runWith([]);
    expect(nothing).toMatchObject({ code: 2, stdout: "" });
    expect(nothing.stderr).toContain("Usage:");
    expect(await runWith(["confg"])).toEqual({
      code: 2,
      stdout: "",
      stderr: 'mailward: Cannot run "confg": there is no such command\nDid you mean "mailward config"?\n',
    });
    expect((await runWith(["help", "confg"])).code).toBe(2);
    expect((await runWith(["version"])).stderr).toContain('\nDid you mean "mailward --version"?\n');
    expect((await runWith(["-v"])).stderr).toContain("\nDid you mean -V, --version?");
    expect((await runWith(["config", "edit"])).stderr).toContain("mailward config path");
    expect((await runWith(["ports", "lst"])).stderr).toContain('Did you mean "mailward ports list"?');
    expect((await runWith(["exclude", "ip"])).stderr).toContain("Usage: mailward exclude ip list|add|remove");
  });

  test("shows a UserError with its hint and exit code, made safe for a terminal", async () => {
    const loadSettings = async (): Promise<never> => {
      throw new UserError("Cannot read \u001b[31m\nsecond line", { hint: "try\u009b again", exitCode: 7 });
    };
    expect(await runWith(["ports", "list"], { loadSettings })).toEqual({
      code: 7,
      stdout: "",
      stderr: "mailward: Cannot read \\x1b[31m\nsecond line\ntry\\x9b again\n",
    });
  });

  test("shows no stack trace of its own mistakes unless asked to", async () => {
    const loadSettings = async (): Promise<never> => {
      throw new TypeError("oops");
    };
    const quiet = await runWith(["ports", "list"], { loadSettings });
    expect(quiet.code).toBe(2);
    expect(quiet.stderr).toBe(
      "mailward: Cannot go on: an error in mailward itself: oops\nWith MAILWARD_DEBUG=1 it says where.\n",
    );
    const loud = await runWith(["ports", "list"], { loadSettings, env: { MAILWARD_DEBUG: "1" } });
    expect(loud.stderr).toContain("run.test.ts");
  });

  test("takes a reader that has left for no error, and a full disk for one", async () => {
    expect((await runWith(["--help"], { stdout: outputTo(new Sink("EPIPE")) })).code).toBe(0);
    const full = await runWith(["--help"], { stdout: outputTo(new Sink("ENOSPC")) });
    expect(full).toMatchObject({
      code: 2,
      stderr: "mailward: Cannot write the output: no space is left on the disk\n",
    });
  });
});

describe("outputTo()", () => {
  test("tells when nobody reads any more, and goes on without a throw", async () => {
    const output = outputTo(new Sink("EPIPE"));
    output.write("x");
    expect(await output.flush()).toBeUndefined();
    expect(output.closed.aborted).toBe(true);
    output.write("y");
    expect(await output.flush()).toBeUndefined();
  });

  test("has a width only on a terminal", () => {
    expect(outputTo(new Sink()).columns).toBeUndefined();
    expect(outputTo(Object.assign(new Sink(), { isTTY: true, columns: 80 })).columns).toBe(80);
  });
});

describe("alignRows()", () => {
  test("aligns all columns but the last", () => {
    expect(
      alignRows(
        [
          ["a", "b", "c"],
          ["aaa", "", "ccc"],
        ],
        " ",
      ),
    ).toBe(" a    b  c\n aaa     ccc\n");
    expect(alignRows([])).toBe("");
  });
});
