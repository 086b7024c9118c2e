import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { mailboxLimits } from "../../../src/core/limits.ts";
import type { MailboxEvent, MailboxMessage } from "../../../src/mailbox/mailbox-message.ts";
import { readMailboxes } from "../../../src/mailbox/read-mailboxes.ts";
import { largeMail, textMail } from "../../support/sample-mail.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const FROM = "From sender@example.org Thu Jan  1 10:00:00 2026\n";

describe("readMailboxes() of files", () => {
  test("reads a message file as one message", async () => {
    const directory = temporaryDirectory();
    const mail = textMail();
    const path = write(directory, "a.eml", mail);
    expect(await read([path])).toEqual([
      { type: "file", path },
      { type: "message", path, format: "eml", index: 1, offset: 0, length: mail.length, text: mail.toString("latin1") },
      { type: "file-end", path },
    ]);
  });

  test("reads an mbox by its content, whatever it is called", async () => {
    const path = write(temporaryDirectory(), "a.eml", `${FROM}a: b\n\n${FROM}c: d\n\n`);
    expect(messagesOf(await read([path]))).toEqual([
      { type: "message", path, format: "mbox", index: 1, offset: 49, length: 5, text: "a: b\n" },
      { type: "message", path, format: "mbox", index: 2, offset: 104, length: 5, text: "c: d\n" },
    ]);
  });

  test("reads nothing from an empty file", async () => {
    const path = write(temporaryDirectory(), "empty", "");
    expect(await read([path])).toEqual([
      { type: "file", path },
      { type: "file-end", path },
    ]);
  });

  test("reads long messages again from the file, in an mbox and alone", async () => {
    const directory = temporaryDirectory();
    const mail = largeMail(3 * mailboxLimits.heldBytesPerMessage).toString("latin1");
    const mbox = write(directory, "mbox", Buffer.from(`${FROM}a: b\n\n${FROM}${mail}\n${FROM}c: d\n`, "latin1"));
    const eml = write(directory, "eml", Buffer.from(mail, "latin1"));
    expect(texts(await read([mbox, eml]))).toEqual(["a: b\n", mail, "c: d\n", mail]);
  });

  test("has messages that are still readable when the reading is over and the file is gone", async () => {
    const path = write(temporaryDirectory(), "eml", largeMail(2 * mailboxLimits.heldBytesPerMessage));
    const [message] = await collectMessages([path]);
    unlinkSync(path);
    expect((await textOf(message)).length).toBe(message?.length);
    message?.release();
  });

  test("leaves what is added to an mbox meanwhile to the next scan", async () => {
    const size = 4 * mailboxLimits.readBytes;
    const path = write(temporaryDirectory(), "mbox", `${FROM}a: b\n\n${"x".repeat(size)}\n\n`);
    const lengths: number[] = [];
    for await (const event of eventsUnder([path], options())) {
      if (event.type === "file") appendFileSync(path, `${FROM}c: d\n`);
      if (event.type === "message") lengths.push(event.message.length);
    }
    expect(lengths).toEqual([size + 7]);
  });

  test("judges what is left of a file that becomes shorter, and says so", async () => {
    const path = write(
      temporaryDirectory(),
      "mbox",
      `${FROM}a: b\n\n${FROM}${"x".repeat(4 * mailboxLimits.readBytes)}\n`,
    );
    const events: string[] = [];
    for await (const event of eventsUnder([path], options())) {
      if (event.type === "file") truncateSync(path, 200);
      events.push(event.type === "problem" ? event.error : event.type);
      if (event.type === "message") event.message.release();
    }
    expect(events).toEqual(["file", "message", "message", "the file became shorter while it was read", "file-end"]);
  });

  test("has short messages at once, also those of a long mbox", async () => {
    const padding = `${FROM}${"x".repeat(2 * mailboxLimits.heldBytesPerMessage)}\n`;
    const path = write(temporaryDirectory(), "mbox", `${FROM}a: b\n\n${padding}`);
    const [short, long] = await collectMessages([path]);
    expect(short?.source.whole?.()).toEqual(Buffer.from("a: b\n"));
    expect(long?.source.whole).toBeUndefined();
    truncateSync(path, 2);
    expect(() => short?.source.whole?.()).toThrow("the file became shorter while it was read");
    short?.release();
    long?.release();
    expect(() => short?.source.whole?.()).toThrow("the file has been closed");
  });

  test("fails to read a long message again when its file has become shorter", async () => {
    const path = write(temporaryDirectory(), "eml", largeMail(2 * mailboxLimits.heldBytesPerMessage));
    const [message] = await collectMessages([path]);
    truncateSync(path, 1_000);
    await expect(textOf(message)).rejects.toThrow("the file became shorter while it was read");
    message?.release();
  });
});

describe("readMailboxes() of what is no file", () => {
  test("has a problem for a path that does not exist, and goes on", async () => {
    const directory = temporaryDirectory();
    const path = write(directory, "a", "a: b\n");
    const missing = join(directory, "missing");
    expect(await read([missing, join(path, "x"), path])).toMatchObject([
      { type: "problem", path: missing, error: "no such file or directory" },
      { type: "problem", error: "not a directory" },
      { type: "file" },
      { type: "message" },
      { type: "file-end" },
    ]);
  });

  test("does not wait at a named pipe, nor open a socket or a device", async () => {
    const directory = temporaryDirectory();
    expect(spawnSync("mkfifo", [join(directory, "fifo")]).status).toBe(0);
    const server = createServer().listen(join(directory, "socket"));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const events = await read([directory, join(directory, "fifo"), "/dev/null"]);
    expect(events.filter((event) => event.type === "problem")).toEqual([
      { type: "problem", path: join(directory, "fifo"), error: "a named pipe, not a file" },
      { type: "problem", path: join(directory, "socket"), error: "a socket, not a file" },
      { type: "problem", path: join(directory, "fifo"), error: "a named pipe, not a file" },
      { type: "problem", path: "/dev/null", error: "a device, not a file" },
    ]);
  });
});

describe("readMailboxes() of directories", () => {
  test("reads every file below, in the order of the names", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "b", "deep", "er"), { recursive: true });
    for (const name of ["c", "a", "b/2", "b/1", "b/deep/er/x"]) write(directory, name, `${name}\n`);
    expect(texts(await read([directory]))).toEqual(["a\n", "b/1\n", "b/2\n", "b/deep/er/x\n", "c\n"]);
  });

  test("follows a symbolic link that is named, and none that is found", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "real"));
    write(directory, "real/mail", "a: b\n");
    symlinkSync("mail", join(directory, "real", "link"));
    symlinkSync("..", join(directory, "real", "loop"));
    symlinkSync("real", join(directory, "named"));
    symlinkSync("itself", join(directory, "itself"));
    const events = await read([join(directory, "named"), join(directory, "itself")]);
    expect(events).toMatchObject([
      { type: "directory" },
      { type: "skipped", path: join(directory, "named", "link"), why: "symbolic link" },
      { type: "skipped", path: join(directory, "named", "loop"), why: "symbolic link" },
      { type: "file" },
      { type: "message", path: join(directory, "named", "mail"), text: "a: b\n" },
      { type: "file-end" },
      { type: "problem", error: "too many symbolic links encountered" },
    ]);
  });

  test("reads files whose names are no UTF-8", async () => {
    const directory = temporaryDirectory();
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/caf`), Buffer.from([0xe9])]), "a: b\n");
    expect(messagesOf(await read([directory]))).toMatchObject([{ path: `${directory}/caf\\xe9`, text: "a: b\n" }]);
  });

  test("has a problem for a file that vanishes, and goes on", async () => {
    const directory = temporaryDirectory();
    for (const name of ["1", "2", "3"]) write(directory, name, `${name}\n`);
    const seen: string[] = [];
    for await (const event of eventsUnder([directory], options())) {
      if (event.type === "directory") unlinkSync(join(directory, "2"));
      if (event.type === "problem") seen.push(event.error);
      if (event.type === "message") seen.push(await textOf(event.message));
    }
    expect(seen).toEqual(["1\n", "no such file or directory", "3\n"]);
  });

  test("goes as deep as directories lie in each other", async () => {
    const directory = temporaryDirectory();
    const deep = Array.from({ length: 900 }, () => "d").join("/");
    mkdirSync(join(directory, deep), { recursive: true });
    write(directory, `${deep}/mail`, "deep\n");
    write(directory, "z", "the last\n");
    expect(texts(await read([directory]))).toEqual(["deep\n", "the last\n"]);
  });
});

describe("readMailboxes() of a Maildir", () => {
  test("reads cur, new and tmp of it and of its folders as messages, and no index files", async () => {
    const directory = maildir(temporaryDirectory());
    const sent = maildir(join(directory, ".Sent"));
    write(directory, "cur/1.host:2,S", `${FROM}a: b\n`);
    write(directory, "new/2.host", "two\n");
    write(directory, "tmp/3.host", "three\n");
    write(sent, "cur/4.host:2,S", "four\n");
    write(sent, "maildirfolder", "");
    for (const name of ["dovecot.index", "dovecot-uidlist", "maildirsize", "subscriptions"])
      write(directory, name, "x");
    write(directory, "notes.eml", "five\n");
    expect(messagesOf(await read([directory])).map(({ format, index, text }) => [format, index, text])).toEqual([
      ["maildir", 1, "four\n"],
      ["maildir", 1, `${FROM}a: b\n`],
      ["maildir", 1, "two\n"],
      ["eml", 1, "five\n"],
      ["maildir", 1, "three\n"],
    ]);
  });

  test("knows one of its folders by itself", async () => {
    const directory = maildir(temporaryDirectory());
    write(directory, "new/1.host", `${FROM}a: b\n`);
    expect(messagesOf(await read([join(directory, "new/")]))).toMatchObject([{ format: "maildir", index: 1 }]);
  });

  test("does not take any directory called cur for one", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "cur"));
    write(directory, "cur/mbox", `${FROM}a: b\n`);
    expect(messagesOf(await read([directory]))).toMatchObject([{ format: "mbox" }]);
  });

  test("finds a message again that a mail program has moved or flagged meanwhile", async () => {
    const directory = maildir(temporaryDirectory());
    write(directory, "cur/1.host:2,", "one\n");
    write(directory, "new/2.host", "two\n");
    const found: string[] = [];
    for await (const event of eventsUnder([join(directory, "cur"), join(directory, "new")], options())) {
      if (event.type === "directory" && event.path.endsWith("cur")) move(directory, "cur/1.host:2,", "cur/1.host:2,S");
      if (event.type === "directory" && event.path.endsWith("new")) move(directory, "new/2.host", "cur/2.host:2,");
      if (event.type === "message") found.push(event.message.path.slice(directory.length), await textOf(event.message));
    }
    expect(found).toEqual(["/cur/1.host:2,S", "one\n", "/cur/2.host:2,", "two\n"]);
  });

  test("has a problem for a message that is gone, but not for one that has left tmp", async () => {
    const directory = maildir(temporaryDirectory());
    write(directory, "new/1.host", "one\n");
    write(directory, "tmp/2.host", "two\n");
    const types: string[] = [];
    for await (const event of eventsUnder([directory], options())) {
      if (event.type === "directory" && event.path.endsWith("new")) unlinkSync(join(directory, "new/1.host"));
      if (event.type === "directory" && event.path.endsWith("tmp")) unlinkSync(join(directory, "tmp/2.host"));
      types.push(event.type);
    }
    expect(types).toEqual(["directory", "directory", "directory", "problem", "directory"]);
  });
});

describe("readMailboxes() of standard input", () => {
  test("reads a message or an mbox, in chunks of any size", async () => {
    const mbox = `${FROM}a: b\n\n${FROM}c: d\n`;
    const octets = [...Buffer.from(mbox)].map((octet) => Buffer.from([octet]));
    expect(texts(await read(["-"], [Buffer.from("a: b\n\ntext")]))).toEqual(["a: b\n\ntext"]);
    expect(messagesOf(await read(["-"], octets))).toMatchObject([
      { path: "stdin", format: "mbox", index: 1, offset: 49, text: "a: b\n" },
      { path: "stdin", format: "mbox", index: 2, offset: 104, text: "c: d\n" },
    ]);
  });

  test("has no message when there is nothing", async () => {
    expect(await read(["-"], [])).toEqual([
      { type: "file", path: "stdin" },
      { type: "file-end", path: "stdin" },
    ]);
  });

  test("keeps long messages readable and leaves no file behind", async () => {
    const mail = largeMail(2 * mailboxLimits.heldBytesPerMessage).toString("latin1");
    const mbox = Buffer.from(`${FROM}a: b\n\n${FROM}${mail}\n${FROM}c: d\n`, "latin1");
    const chunks = Array.from({ length: 100 }, (_, at) =>
      mbox.subarray((at * mbox.length) / 100, ((at + 1) * mbox.length) / 100),
    );
    const directory = temporaryDirectory();
    expect(texts(await read(["-"], chunks, directory))).toEqual(["a: b\n", mail, "c: d\n"]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("has a problem when there is no place for a long message", async () => {
    const missing = join(temporaryDirectory(), "missing");
    const events = await read(["-"], [Buffer.alloc(mailboxLimits.heldBytesPerMessage + 1, "x")], missing);
    expect(events).toMatchObject([
      { type: "file" },
      { type: "problem", error: "no such file or directory" },
      { type: "file-end" },
    ]);
  });

  test("judges what came before the input broke, and says so", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${FROM}a: b\n`);
      throw new Error("broken");
    }
    const events = await read(["-"], broken());
    expect(events).toMatchObject([{ type: "file" }, { text: "a: b\n" }, { error: "broken" }, { type: "file-end" }]);
  });
});

/** One after the other, each read when it is asked for. */
async function* eventsUnder(...given: Parameters<typeof readMailboxes>): AsyncGenerator<MailboxEvent> {
  for await (const events of readMailboxes(...given)) yield* events;
}

type Seen = Exclude<MailboxEvent, { type: "message" }> | SeenMessage;

interface SeenMessage {
  readonly type: "message";
  readonly path: string;
  readonly format: string;
  readonly index: number;
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** All events; the sources are read only when everything has been handed out. */
async function read(
  paths: readonly string[],
  input: Iterable<Uint8Array> | AsyncIterable<Uint8Array> = [],
  directory = "/nowhere",
): Promise<Seen[]> {
  const events: MailboxEvent[] = [];
  for await (const event of eventsUnder(paths, options(input, directory))) events.push(event);
  return await Promise.all(events.map(seen));
}

async function seen(event: MailboxEvent): Promise<Seen> {
  if (event.type !== "message") return event;
  const { path, format, index, offset, length, release } = event.message;
  const text = await textOf(event.message);
  release();
  return { type: "message", path, format, index, offset, length, text };
}

function options(input: Iterable<Uint8Array> | AsyncIterable<Uint8Array> = [], directory = "/nowhere") {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield* input;
  }
  return { standardInput: chunks(), temporaryDirectory: directory };
}

async function collectMessages(paths: readonly string[]): Promise<MailboxMessage[]> {
  const messages: MailboxMessage[] = [];
  for await (const event of eventsUnder(paths, options())) {
    if (event.type === "message") messages.push(event.message);
  }
  return messages;
}

function messagesOf(events: readonly Seen[]): SeenMessage[] {
  return events.filter((event) => event.type === "message");
}

function texts(events: readonly Seen[]): string[] {
  return messagesOf(events).map(({ text }) => text);
}

async function textOf(message: MailboxMessage | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message?.source.chunks() ?? []) chunks.push(Buffer.from(chunk));
  const octets = Buffer.concat(chunks);
  expect(Buffer.from(message?.source.whole?.() ?? octets)).toEqual(octets);
  return octets.toString("latin1");
}

function write(directory: string, name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function move(directory: string, from: string, to: string): void {
  renameSync(join(directory, from), join(directory, to));
}

function maildir(path: string): string {
  for (const folder of ["cur", "new", "tmp"]) mkdirSync(join(path, folder), { recursive: true });
  return path;
}
