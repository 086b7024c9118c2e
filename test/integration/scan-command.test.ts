import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { eicar } from "../support/eicar.ts";
import { eicarMail, eicarZipMail, sampleMails, textMail } from "../support/sample-mail.ts";
import { ERROR_LINE, MESSAGE_LINE, SUMMARY_LINE } from "../support/scan-lines.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const FROM = "From sender@example.org Thu Jan  1 10:00:00 2026\n";
const EICAR = "Eicar-Test-Signature";

describe("mailward scan", () => {
  test("finds the EICAR test file in message files, in zip and nested, and nothing else", async () => {
    const directory = temporaryDirectory();
    const samples = sampleMails();
    for (const { name, message } of samples) writeFileSync(join(directory, `${name}.eml`), message);
    const { code, out, err } = await run(["scan", directory]);
    const [lines = "", summary = ""] = out.split("\n\n");
    const expected = samples.map(({ name, isInfected }) => {
      return `${join(directory, name)}.eml: ${isInfected ? `${EICAR} FOUND` : "OK"}`;
    });
    expect(lines.split("\n").sort()).toEqual(expected.sort());
    expect(summary).toContain(
      `Scanned files: ${samples.length}\nScanned messages: ${samples.length}\nInfected files: 3\n`,
    );
    expect([code, err]).toEqual([1, ""]);
  });

  test("names every message of an mbox with its place, in exactly the promised lines", async () => {
    const samples = sampleMails();
    // A program that writes mbox ends an unfinished last line.
    const stored = samples.map(({ message }) => (message.at(-1) === LF ? message : Buffer.concat([message, NEWLINE])));
    const path = join(temporaryDirectory(), "archive.mbox");
    writeFileSync(path, Buffer.concat(stored.flatMap((message) => [Buffer.from(FROM), message, NEWLINE])));
    const { code, out } = await run(["scan", "--jsonl", path]);
    const lines = out.trimEnd().split("\n");
    const messages = lines.slice(0, -1).map((line) => MESSAGE_LINE.parse(JSON.parse(line)));
    const summary = SUMMARY_LINE.parse(JSON.parse(lines.at(-1) ?? ""));
    expect(messages.map(({ index, verdict }) => [index, verdict])).toEqual(
      samples.map(({ isInfected }, at) => [at + 1, isInfected ? "infected" : "clean"]),
    );
    const octets = readFileSync(path);
    const found = messages.map(({ offset, length }) => octets.subarray(offset, offset + length));
    expect(found.map((message, at) => message.equals(stored[at] ?? NEWLINE))).toEqual(samples.map(() => true));
    expect(messages[4]).toMatchObject({
      path,
      format: "mbox",
      messageId: "<eicar-zip@example.org>",
      subject: "invoice",
      detections: [{ name: EICAR, kind: "malware", engine: "signatures", part: "2", path: ["invoice.zip", "a.com"] }],
      reasons: [],
    });
    expect(summary).toMatchObject({ files: 1, messages: samples.length, infected: 3, suspicious: 0, errors: 0 });
    expect(code).toBe(1);
  });

  test("reads a Maildir and its folders", async () => {
    const directory = temporaryDirectory();
    for (const folder of ["cur", "new", "tmp", ".Junk/cur", ".Junk/new", ".Junk/tmp"]) {
      mkdirSync(join(directory, folder), { recursive: true });
    }
    writeFileSync(join(directory, "cur", "1.host:2,S"), textMail());
    writeFileSync(join(directory, ".Junk", "new", "2.host"), eicarZipMail());
    writeFileSync(join(directory, "dovecot-uidlist"), "3 V1");
    const { code, out } = await run(["scan", "--no-summary", directory]);
    expect(out).toBe(`${directory}/.Junk/new/2.host: ${EICAR} FOUND\n${directory}/cur/1.host:2,S: OK\n`);
    expect(code).toBe(1);
  });

  test("reads standard input, mbox or message", async () => {
    const mbox = Buffer.concat([Buffer.from(FROM), textMail(), Buffer.from(`\n${FROM}`), eicarMail()]);
    expect((await run(["scan", "--no-summary", "-"], { input: mbox })).out).toBe(`stdin:2: ${EICAR} FOUND\n`);
    expect(await run(["scan", "--no-summary", "-"], { input: textMail() })).toMatchObject({
      code: 0,
      out: "stdin: OK\n",
    });
  });

  test("finds what is hidden behind a line at which only some programs begin a message", async () => {
    const path = join(temporaryDirectory(), "mbox");
    writeFileSync(path, Buffer.concat([Buffer.from(FROM), textMail(), Buffer.from("From nobody\n"), eicarMail()]));
    const { out } = await run(["scan", "--no-summary", path]);
    expect(out).toBe(`${path}:1: ${EICAR} FOUND\n`);
  });

  test("scans what is no mail at all", async () => {
    const path = join(temporaryDirectory(), "a.com");
    writeFileSync(path, eicar());
    expect((await run(["scan", "--no-summary", path])).out).toBe(`${path}: ${EICAR} FOUND\n`);
  });

  test("goes on after what can not be read, with exit code 2", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "clean.eml"), textMail());
    symlinkSync("..", join(directory, "loop"));
    symlinkSync("a", join(directory, "b"));
    symlinkSync("b", join(directory, "a"));
    expect(spawnSync("mkfifo", [join(directory, "fifo")]).status).toBe(0);
    const missing = join(directory, "missing");
    const { code, out, err } = await run(["scan", "--jsonl", missing, join(directory, "a"), directory]);
    const lines = out.trimEnd().split("\n");
    expect(lines.slice(0, 2).map((line) => ERROR_LINE.parse(JSON.parse(line)))).toEqual([
      { type: "error", path: missing, error: "no such file or directory" },
      { type: "error", path: join(directory, "a"), error: "too many symbolic links encountered" },
    ]);
    expect(MESSAGE_LINE.parse(JSON.parse(lines[2] ?? "")).verdict).toBe("clean");
    expect(ERROR_LINE.parse(JSON.parse(lines[3] ?? "")).path).toBe(join(directory, "fifo"));
    expect(SUMMARY_LINE.parse(JSON.parse(lines[4] ?? ""))).toMatchObject({ files: 1, messages: 1, errors: 3 });
    expect(err).toContain(`mailward: Cannot read "${missing}": no such file or directory\n`);
    expect(code).toBe(2);
  });

  test("has an error for a file that it may not read", async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o755);
    const path = join(directory, "secret.eml");
    writeFileSync(path, textMail(), { mode: 0 });
    // Root may read everything: then somebody else has to try.
    const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const { code, out, err } = await run(["scan", "--quiet", path], asNobody);
    expect([code, out, err]).toEqual([2, "", `mailward: Cannot read "${path}": permission denied\n`]);
  });

  test("has an error for a directory as standard input", async () => {
    const input = openSync(temporaryDirectory(), "r");
    const { code, out, err } = await run(["scan", "--no-summary", "-"], { stdin: input });
    closeSync(input);
    expect([code, out, err]).toEqual([2, "", 'mailward: Cannot read "stdin": a directory, not a file\n']);
  });

  test("names a hash list that can not be read", async () => {
    const directory = temporaryDirectory();
    writeFileSync(
      join(directory, "config.jsonc"),
      JSON.stringify({ signatures: { files: [join(directory, "none.hdb")] } }),
    );
    writeFileSync(join(directory, "a.eml"), textMail());
    const args = ["scan", "--no-summary", "--config", join(directory, "config.jsonc"), join(directory, "a.eml")];
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^mailward: Cannot read the signatures in "[^"]+none\.hdb": /);
  });

  test("refuses to run without a PATH", async () => {
    const { code, out, err } = await run(["scan"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^mailward: Cannot run "mailward scan": PATH is missing\nUsage: mailward scan PATH/);
  });

  test("prints a summary and ends with 130 when it is interrupted", async () => {
    const child = start(["scan", "-"]);
    const done = finished(child);
    child.stdin?.write(
      Buffer.concat([Buffer.from(FROM), eicarMail(), Buffer.from(`\n${FROM}`), Buffer.alloc(8_192, "x")]),
    );
    child.stdout?.once("data", () => child.kill("SIGINT"));
    const { code, out } = await done;
    expect(out).toMatch(new RegExp(`^stdin:1: ${EICAR} FOUND\n\n-+ SCAN SUMMARY -+\n`));
    expect(code).toBe(130);
  });

  test("ends quietly when nobody reads its results", async () => {
    const directory = temporaryDirectory();
    for (let index = 0; index < 50; index += 1) writeFileSync(join(directory, `${index}.eml`), textMail());
    const child = start(["scan", directory]);
    child.stdout?.destroy();
    const { code, err } = await finished(child);
    expect([code, err]).toEqual([141, ""]);
  });
});

interface RunOptions {
  readonly input?: Buffer;
  readonly uid?: number;
  readonly gid?: number;
  /** A descriptor instead of a pipe. */
  readonly stdin?: number;
}

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(args: readonly string[], { input, ...surroundings }: RunOptions = {}): Promise<Result> {
  const child = start(args, surroundings);
  child.stdin?.end(input);
  return finished(child);
}

/** The program from its sources, with an empty environment and no configuration. */
function start(args: readonly string[], { stdin, ...user }: Omit<RunOptions, "input"> = {}): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { MAILWARD_SYSTEM_CONFIG: "" },
    cwd: "/",
    stdio: [stdin ?? "pipe", "pipe", "pipe"],
    ...user,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function finished(child: ChildProcess): Promise<Result> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out: String(Buffer.concat(out)), err: String(Buffer.concat(err)) };
}

const LF = 0x0a;
const NEWLINE = Buffer.from([LF]);
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
