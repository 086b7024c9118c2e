import { connect } from "node:net";
import { inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type DemoProxy, runDemo } from "../../../../src/app/demo/demo.ts";
import { download } from "../../../../src/app/demo/download.ts";
import { imapDialogue } from "../../../../src/app/demo/imap-dialogue.ts";
import { startLineServer } from "../../../../src/app/demo/line-server.ts";
import { noticeIn } from "../../../../src/app/demo/notice-text.ts";
import { pop3Dialogue } from "../../../../src/app/demo/pop3-dialogue.ts";
import { sampleMailbox } from "../../../../src/app/demo/sample-mailbox.ts";
import { eicar } from "../../../support/eicar.ts";

const clock = { now: () => 0, monotonic: () => 0 };
const credentials = { user: "demo", password: "demo" };

/** A "proxy" that serves the mailbox itself, changed by `change`. */
async function fakeProxy(change: (message: Buffer) => Buffer, recent: DemoProxy["recent"]): Promise<DemoProxy> {
  const messages = sampleMailbox().map(({ bytes }) => change(bytes));
  const pop3 = await startLineServer(() => pop3Dialogue(messages));
  const imap = await startLineServer(() => imapDialogue(messages));
  return {
    ports: { pop3: pop3.port, imap: imap.port },
    recent,
    async close() {
      await pop3.close();
      await imap.close();
    },
  };
}

describe("sampleMailbox()", () => {
  test("holds the EICAR test file in a zip that other programs can read", () => {
    const [, , invoice] = sampleMailbox();
    const base64 = /filename="invoice\.zip"\r\n\r\n([A-Za-z0-9+/=\r\n]+)--/.exec(
      invoice?.bytes.toString("latin1") ?? "",
    );
    const zip = Buffer.from(base64?.[1] ?? "", "base64");
    const start = 30 + "eicar.com".length;
    expect(inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(18)))).toEqual(eicar());
    expect(zip.readUInt32LE(0)).toBe(0x04034b50);
    expect(zip.readUInt32LE(zip.length - 22)).toBe(0x06054b50);
    expect(zip.readUInt32LE(zip.readUInt32LE(zip.length - 6))).toBe(0x02014b50);
  });
});

describe("download()", () => {
  for (const protocol of ["pop3", "imap"] as const) {
    test(`brings every octet over ${protocol}`, async () => {
      const messages = sampleMailbox().map(({ bytes }) => bytes);
      const dialogue = protocol === "pop3" ? () => pop3Dialogue(messages) : () => imapDialogue(messages);
      const server = await startLineServer(dialogue);
      const signal = AbortSignal.timeout(10_000);
      expect(await download({ protocol, port: server.port, ...credentials, signal })).toEqual(messages);
      await server.close();
    });

    test(`rejects when the ${protocol} connection breaks off`, async () => {
      const server = await startLineServer(() => ({
        greeting: "+OK\r\n",
        answer: () => ({ bytes: "", isLast: true }),
      }));
      const signal = AbortSignal.timeout(10_000);
      await expect(download({ protocol, port: server.port, ...credentials, signal })).rejects.toThrow("closed");
      await server.close();
    });
  }
});

describe("runDemo()", () => {
  const signal = AbortSignal.timeout(20_000);

  test("says that it failed when the infected message arrives as it was", async () => {
    const startProxy = () =>
      fakeProxy(
        (message) => message,
        () => [],
      );
    const report = await runDemo({ startProxy, clock, signal });
    expect(report.isAsExpected).toBe(false);
    expect(report.downloads.flatMap(({ messages }) => messages.map(({ isAsExpected }) => isAsExpected))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test("says that it failed when a clean message was changed", async () => {
    const startProxy = () =>
      fakeProxy(
        (message) => Buffer.concat([message, Buffer.from("\r\n")]),
        () => [],
      );
    const report = await runDemo({ startProxy, clock, signal });
    expect(report.downloads[0]?.messages[0]).toMatchObject({ outcome: "altered", isAsExpected: false });
  });

  test("says that it failed when nothing arrives", async () => {
    const startProxy = async () => ({ ports: { pop3: 1, imap: 1 }, recent: () => [], close: async () => undefined });
    const report = await runDemo({ startProxy, clock, signal });
    expect(report.isAsExpected).toBe(false);
    expect(report.downloads[0]?.error).toContain("ECONNREFUSED");
    expect(report.downloads[0]?.messages[0]).toMatchObject({ outcome: "missing" });
  });

  test("leaves no listener behind when the proxy can not be started", async () => {
    const startProxy = () => Promise.reject(new Error("no proxy"));
    await expect(runDemo({ startProxy, clock, signal })).rejects.toThrow("no proxy");
  });
});

describe("pop3Dialogue()", () => {
  test("answers TOP with the header and so many lines", () => {
    const dialogue = pop3Dialogue([Buffer.from("A: b\r\n\r\none\r\n.two\r\nthree")]);
    dialogue.answer("PASS x");
    const text = (line: string) => Buffer.from(dialogue.answer(line).bytes).toString("latin1");
    expect(text("TOP 1 0")).toBe("+OK\r\nA: b\r\n\r\n.\r\n");
    expect(text("TOP 1 2")).toBe("+OK\r\nA: b\r\n\r\none\r\n..two\r\n.\r\n");
    expect(text("RETR 1")).toBe("+OK\r\nA: b\r\n\r\none\r\n..two\r\nthree\r\n.\r\n");
    expect(text("LIST 2")).toBe("-ERR no such message\r\n");
    expect(text("UIDL")).toBe("+OK\r\n1 demo-1\r\n.\r\n");
  });

  test("wants a login first", () => {
    expect(pop3Dialogue([]).answer("RETR 1").bytes).toMatch(/^-ERR/);
  });
});

describe("imapDialogue()", () => {
  test("answers sets of sequence numbers and of UIDs", () => {
    const dialogue = imapDialogue([Buffer.from("one"), Buffer.from("two"), Buffer.from("three")]);
    const text = (line: string) => Buffer.from(dialogue.answer(line).bytes).toString("latin1");
    expect(text("a FETCH 1 BODY[]")).toMatch(/^a NO/);
    text('a LOGIN "x" "y"');
    expect(text("b FETCH 2:* (RFC822)")).toBe(
      "* 2 FETCH (FLAGS (\\Seen) RFC822 {3}\r\ntwo)\r\n* 3 FETCH (FLAGS (\\Seen) RFC822 {5}\r\nthree)\r\nb OK done\r\n",
    );
    expect(text("c UID FETCH 101,103 (RFC822.SIZE)")).toBe(
      "* 1 FETCH (FLAGS (\\Seen) UID 101 RFC822.SIZE 3)\r\n* 3 FETCH (FLAGS (\\Seen) UID 103 RFC822.SIZE 5)\r\nc OK done\r\n",
    );
    expect(text("d UID SEARCH ALL")).toBe("* SEARCH 101 102 103\r\nd OK done\r\n");
    expect(text("e NONSENSE")).toMatch(/^e BAD/);
  });
});

describe("startLineServer()", () => {
  test("hangs up on a line without end", async () => {
    const server = await startLineServer(() => pop3Dialogue([]));
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.resume();
    socket.write("x".repeat(20_000));
    await new Promise((resolve) => socket.once("close", resolve));
    await server.close();
  });
});

describe("noticeIn()", () => {
  const head = "A: b\r\n\r\ntext\r\n--x\r\n";
  const sent = Buffer.from(
    `${head}Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\nUEsDBA==\r\n--x--\r\n`,
  );

  test("finds a replaced part and leaves out its header", () => {
    const arrived = `${head}Content-Type: text/plain; charset=utf-8\r\n\r\nRemoved.\r\nÄh.\r\n--x--\r\n`;
    expect(noticeIn(sent, Buffer.from(arrived))).toBe("Removed.\nÄh.");
  });

  test("decodes a notice in the encoding of the part", () => {
    const body = Buffer.from("Removed.\r\n").toString("base64");
    const arrived = `${head}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}\r\n--x--\r\n`;
    expect(noticeIn(sent, Buffer.from(arrived))).toBe("Removed.");
    const quoted = `${head}Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=84h=\r\n.\r\n--x--\r\n`;
    expect(noticeIn(sent, Buffer.from(quoted))).toBe("Äh.");
  });

  test("finds nothing in what is the same or only shorter", () => {
    expect(noticeIn(sent, sent)).toBeUndefined();
    expect(noticeIn(sent, Buffer.from(head))).toBeUndefined();
  });
});
