import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { CliOptions } from "../../../src/cli/arguments.ts";
import type { CliContext } from "../../../src/cli/context.ts";
import { outputTo } from "../../../src/cli/output.ts";
import { scan } from "../../../src/cli/scan-command.ts";
import { defaultSettings } from "../../../src/config/defaults.ts";
import { UserError } from "../../../src/core/errors.ts";
import { mailboxLimits } from "../../../src/core/limits.ts";
import { CLEAN, type Verdict, verdictOf } from "../../../src/core/model.ts";
import type { Judgement, MessageSource, ScanService } from "../../../src/scan/judge.ts";
import { ERROR_LINE, MESSAGE_LINE, SUMMARY_LINE } from "../../support/scan-lines.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const FROM = "From sender@example.org Thu Jan  1 10:00:00 2026\n";
const MBOX = `${FROM}Subject: clean\n\n${FROM}Subject: infected\n\n${FROM}Subject: incomplete\n\n`;

describe("scan() in clamscan's words", () => {
  test("prints a line for each finding, one for a clean file, and a summary", async () => {
    const { directory, mbox, clean } = mailboxes();
    const { code, out, err } = await run([mbox, clean]);
    const [lines = "", summary = ""] = out.split("\n\n");
    expect(lines.split("\n")).toEqual([
      `${mbox}:2: Test.Infected FOUND`,
      `${mbox}:3: INCOMPLETE (encrypted: a; limit-depth: c)`,
      `${clean}: OK`,
    ]);
    expect(summary).toMatch(SUMMARY);
    expect(summary).toContain("\nScanned files: 2\nScanned messages: 4\nInfected files: 1\nInfected messages: 1\n");
    expect([code, err, directory]).toEqual([1, "", directory]);
  });

  test("names malware before anything else, and a suspicious message as found", async () => {
    const path = write("a", "Subject: several\n");
    const other = write("b", "Subject: suspicious\n");
    const { code, out } = await run([path, other], { summary: false });
    expect(out).toBe(`${path}: Test.Malware FOUND\n${other}: Test.Heuristic FOUND\n`);
    expect(code).toBe(1);
  });

  test("prints only what was found with --infected", async () => {
    const { mbox, clean } = mailboxes();
    expect((await run([mbox, clean], { infected: true, summary: false })).out).toBe(`${mbox}:2: Test.Infected FOUND\n`);
  });

  test("prints nothing but errors with --quiet", async () => {
    const { mbox } = mailboxes();
    const { code, out, err } = await run([mbox, "/missing"], { quiet: true });
    expect([code, out, err]).toEqual([1, "", 'mailward: Cannot read "/missing": no such file or directory\n']);
  });

  test("prints nothing that could act on a terminal or pass for another line", async () => {
    const path = write("x\u001b[31m\netc: OK\u202e", "Subject: hostile\n");
    const { out } = await run([path], { summary: false });
    expect(out.slice(dirname(path).length)).toBe("/x\\x1b[31m\\x0aetc: OK\\u{202e}: a\\x0ab: OK FOUND\n");
  });

  test("prints a reason's detail cut and safe, and not so that the line ends as a finding's", async () => {
    const path = write("a", "Subject: evasive\n");
    const { out } = await run([path], { summary: false });
    expect(out).toMatch(/: INCOMPLETE \(damaged: a\\x1b\[31m\\x0a\/etc: x+…?\)\n$/);
    expect(out.length).toBeLessThan(path.length + 300);
  });

  test("tells that a path holds no mail", async () => {
    const { directory, mbox } = mailboxes();
    const empty = temporaryDirectory();
    const file = write("empty", "");
    const { code, err } = await run([empty, mbox, file, "-", "/missing", directory]);
    expect(err).toBe(
      `mailward: no mail found in "${empty}"\nmailward: no mail found in "${file}"\nmailward: no mail found in standard input\n` +
        'mailward: Cannot read "/missing": no such file or directory\n',
    );
    expect(code).toBe(1);
    expect((await run([empty], { quiet: true })).err).toBe("");
  });

  test("says how standard input is written, and what can not be given as text", async () => {
    const { err } = await run(["/dev/fd/9999", "/missing/bad\ufffdname.eml"]);
    expect(err).toContain("; standard input is written -\n");
    expect(err).toContain(
      "no such file or directory; a name that is not UTF-8 can not be given, but its directory can\n",
    );
  });

  test("prints an OK line for an empty file and none for a file that could not be read whole", async () => {
    const path = write("empty", "");
    expect(await run([path], { summary: false })).toMatchObject({ code: 0, out: `${path}: OK\n` });
    expect(await run(["-"], { summary: false }, { stdin: brokenInput() })).toMatchObject({ code: 2, out: "" });
  });
});

describe("scan() exit code", () => {
  test("is 0 when nothing was found, incomplete messages included", async () => {
    expect((await run([write("a", "Subject: incomplete\n")])).code).toBe(0);
  });

  test("is 1 when anything was found, with errors as well", async () => {
    expect((await run(["/missing", write("a", "Subject: infected\n")])).code).toBe(1);
    expect((await run(["/missing", write("a", "Subject: suspicious\n")])).code).toBe(1);
  });

  test("is 2 when nothing was found but not everything could be read", async () => {
    expect((await run(["/missing", write("a", "Subject: clean\n")])).code).toBe(2);
  });

  test("is 2 when the scan service fails", async () => {
    const { code, err } = await run([write("a", "Subject: broken\n")]);
    expect(code).toBe(2);
    expect(err).toBe("mailward: Cannot start the scan service\nDo this\n");
  });

  test("is that of the signal when the scan was interrupted, after a summary", async () => {
    const interruption = new AbortController();
    const stdin = new PassThrough();
    stdin.write(`${FROM}Subject: infected\n\n${FROM}Subject: never\n${"x".repeat(mailboxLimits.identifyBytes)}`);
    const done = run(["-"], {}, { stdin, signal: interruption.signal, judged: () => interruption.abort(STOPPED) });
    const { code, out, err } = await done;
    expect([code, stdin.destroyed]).toEqual([130, true]);
    expect(out).toMatch(/^stdin:1: Test.Infected FOUND\n\n-+ SCAN SUMMARY -+\nInterrupted: yes\nScanned directories/);
    expect(err).toContain("mailward: interrupted: there may be more mail than was scanned\n");
    expect(out).toContain("Scanned messages: 1\n");
  });

  test("is that of a closed pipe when nobody reads the results any more", async () => {
    const { mbox } = mailboxes();
    const { code, err } = await run([mbox], {}, { stdout: closedPipe() });
    expect([code, err]).toEqual([141, ""]);
  });
});

test("scan() refuses to run without a PATH", async () => {
  await expect(run([])).rejects.toThrow(UserError);
});

test("scan() does not start the scan service when there is no message, and closes the one that it started", async () => {
  expect((await run(["/missing", write("empty", "")])).services).toEqual([]);
  expect((await run([write("a", "Subject: clean\n")])).services).toEqual(["started", "closed"]);
});

test("scan() hands --threads to the settings", async () => {
  expect((await run([write("a", "")], { threads: "3" })).overrides).toEqual({ "scan.threads": "3" });
});

test("scan() turns the cache off with --no-cache", async () => {
  expect((await run([write("a", "")], { cache: false })).overrides).toEqual({ "cache.enabled": "false" });
});

test("scan() does not touch standard input unless it is asked to", async () => {
  const stdin = new PassThrough();
  await run([write("a", "Subject: clean\n")], {}, { stdin });
  expect(stdin.destroyed).toBe(false);
});

describe("scan() with --jsonl", () => {
  test("prints exactly the objects it promises, in order", async () => {
    const { mbox } = mailboxes();
    const { code, out } = await run(["/missing", mbox], { jsonl: true });
    const lines = out.trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(code).toBe(1);
    expect(ERROR_LINE.parse(parse(lines[0]))).toEqual({
      type: "error",
      path: "/missing",
      error: "no such file or directory",
    });
    const messages = lines.slice(1, 4).map((line) => MESSAGE_LINE.parse(parse(line)));
    expect(messages.map(({ index, verdict }) => [index, verdict])).toEqual([
      [1, "clean"],
      [2, "infected"],
      [3, "incomplete"],
    ]);
    expect(SUMMARY_LINE.parse(parse(lines[4]))).toMatchObject({
      files: 1,
      messages: 3,
      bytes: 16 + 19 + 21 - 3,
      infected: 1,
      suspicious: 0,
      incomplete: 1,
      errors: 1,
    });
  });

  test("prints the keys in the promised order", async () => {
    const path = write("mbox", `${FROM}Subject: infected\n\n`);
    const [line = "", summary = ""] = (await run([path], { jsonl: true })).out.split("\n");
    expect(line).toBe(
      `{"type":"message","path":${JSON.stringify(path)},"format":"mbox","index":1,"offset":49,"length":18,` +
        '"messageId":"<1@example.org>","subject":"infected","verdict":"infected","detections":[{"name":"Test.Infected",' +
        '"kind":"malware","engine":"signatures","part":"1.2","path":["invoice.zip","a.com"]}],"reasons":[],"durationMs":1.3}',
    );
    expect(Object.keys(parse(summary))).toEqual([
      "type",
      "files",
      "messages",
      "bytes",
      "infected",
      "suspicious",
      "incomplete",
      "errors",
      "durationMs",
    ]);
  });

  test("gives hostile texts back exactly, and safe for a terminal", async () => {
    const path = write("x\u001b[31m\n\u202e", "Subject: hostile\n");
    const { out } = await run([path], { jsonl: true, summary: false });
    const { detections, ...message } = MESSAGE_LINE.parse(parse(out));
    expect([message.path, detections[0]?.name]).toEqual([path, "a\nb: OK"]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(out.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  test("leaves out what --infected, --no-summary and --quiet leave out", async () => {
    const { mbox } = mailboxes();
    const { out } = await run([mbox], { jsonl: true, infected: true, summary: false });
    expect(parse(out)).toMatchObject({ type: "message", index: 2 });
    expect((await run([mbox], { jsonl: true, quiet: true })).out).toBe("");
  });
});

const SUMMARY = new RegExp(
  [
    "^----------- SCAN SUMMARY -----------",
    "Scanned directories: \\d+",
    "Scanned files: \\d+",
    "Scanned messages: \\d+",
    "Infected files: \\d+",
    "Infected messages: \\d+",
    "Suspicious messages: \\d+",
    "Incomplete messages: \\d+",
    "Data scanned: \\d+\\.\\d\\d MB",
    "Time: \\d+\\.\\d{3} sec \\(\\d+ m \\d+ s\\)",
    "Start Date: \\d{4}:\\d\\d:\\d\\d \\d\\d:\\d\\d:\\d\\d",
    "End Date:   \\d{4}:\\d\\d:\\d\\d \\d\\d:\\d\\d:\\d\\d\n$",
  ].join("\n"),
);

const STOPPED = new UserError("Stopped by SIGINT", { exitCode: 130 });

interface Surroundings {
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly signal?: AbortSignal;
  /** Called when a message is being judged. */
  readonly judged?: () => void;
}

/** Runs the command in a context of memory, with a service that judges by the subject. */
async function run(paths: readonly string[], options: CliOptions = {}, around: Surroundings = {}) {
  let out = "";
  let err = "";
  const services: string[] = [];
  let overrides: unknown;
  const stdout = outputTo(around.stdout ?? sink((text) => (out += text)));
  const stderr = outputTo(sink((text) => (err += text)));
  const context: CliContext = {
    stdout,
    stderr,
    stdin: around.stdin ?? Readable.from([]),
    env: { HOME: "/nonexistent" },
    cwd: "/",
    version: "0.0.0",
    signal: around.signal ?? new AbortController().signal,
    hasColor: false,
    loadSettings: async (_options, given) => {
      overrides = given;
      return defaultSettings();
    },
    note: (text) => stderr.write(`mailward: ${text}\n`),
  };
  const code = await scan(paths, options, context, () => {
    services.push("started");
    return serviceBySubject(() => services.push("closed"), around.judged);
  });
  await stdout.flush();
  await stderr.flush();
  return { code, out, err, services, overrides };
}

function serviceBySubject(closed: () => void, judged: () => void = () => {}): ScanService {
  return {
    async judge(source: MessageSource): Promise<Judgement> {
      const subject = /^Subject: (.*)$/m.exec(await textOf(source))?.[1] ?? "";
      judged();
      if (subject === "broken") throw new UserError("Cannot start the scan service", { hint: "Do this" });
      const display = { subject, from: "", date: "", messageId: "<1@example.org>" };
      return {
        verdict: VERDICTS[subject] ?? CLEAN,
        remarks: [],
        display,
        headerBytes: source.bytes,
        durationMs: 1.2599,
      };
    },
    rewrite: () => Promise.reject(new Error("nobody rewrites here")),
    close: async () => closed(),
  };
}

const DETECTION = { engine: "signatures", part: "1.2", path: ["invoice.zip", "a.com"] } as const;

const VERDICTS: Readonly<Record<string, Verdict>> = {
  infected: verdictOf([{ name: "Test.Infected", kind: "malware", ...DETECTION }], []),
  suspicious: verdictOf([{ name: "Test.Heuristic", kind: "heuristic", ...DETECTION }], []),
  several: verdictOf(
    [
      { name: "Test.Policy", kind: "policy", ...DETECTION },
      { name: "Test.Malware", kind: "malware", ...DETECTION },
    ],
    [],
  ),
  hostile: verdictOf([{ name: "a\nb: OK", kind: "malware", ...DETECTION }], []),
  evasive: verdictOf([], [{ code: "damaged", part: "1", detail: `a\u001b[31m\n/etc: ${"x".repeat(5_000)} FOUND` }]),
  incomplete: verdictOf(
    [],
    [
      { code: "encrypted", part: "1", detail: "a" },
      { code: "encrypted", part: "2", detail: "b" },
      { code: "limit-depth", part: "2", detail: "c" },
    ],
  ),
};

async function textOf(source: MessageSource): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

function mailboxes(): { directory: string; mbox: string; clean: string } {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "mail"));
  const mbox = join(directory, "mail", "archive");
  const clean = join(directory, "mail", "clean.eml");
  writeFileSync(mbox, MBOX);
  writeFileSync(clean, "Subject: clean\n\ntext\n");
  return { directory, mbox, clean };
}

function write(name: string, content: string): string {
  const path = join(temporaryDirectory(), name.replaceAll("/", "-"));
  writeFileSync(path, content);
  return path;
}

function parse(line: string | undefined): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(line ?? ""));
}

function sink(take: (text: string) => void): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      take(String(chunk));
      done();
    },
  });
}

/** What writing to `head` is after it has gone. */
function closedPipe(): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    },
  });
}

function brokenInput(): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from("Subject: clean\n\nte");
      throw new Error("broken");
    })(),
  );
}
