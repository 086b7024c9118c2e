import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import type { Detection, FindingClass } from "../../../../src/core/model.ts";
import { rewriteLimits, scanLimits } from "../../../../src/core/scan-limits.ts";
import { applyEdits } from "../../../../src/mime/apply-edits.ts";
import type { Engine, MessageEngine } from "../../../../src/scan/engine.ts";
import type { RewriteLevel } from "../../../../src/scan/judge.ts";
import type { KnownFindings } from "../../../../src/scan/remote/known-findings.ts";
import { type RewrittenMessage, rewriteMessage } from "../../../../src/scan/rewriter.ts";
import { createScanner, type Scanner } from "../../../../src/scan/scanner.ts";
import { eicar } from "../../../support/eicar.ts";
import { buildMail, mimeEvasions } from "../../../support/evasion.ts";
import { archiveEvasions } from "../../../support/evasion-archives.ts";
import { attachmentMail, eicarMail, eicarZipMail, nestedMail, textMail } from "../../../support/sample-mail.ts";
import { testScanner } from "../../../support/scan-message.ts";

const CONTEXT = { protocol: "imap", upstream: "imap.example.org", account: "ben", date: "2026-01-01T10:00:00Z" };
const PAYLOAD = { name: "a.com", content: eicar() };
/** With room for all of a notice. */
const LONG_PAYLOAD = { name: "a.com", content: Buffer.concat([eicar(), Buffer.alloc(1_500, " ")]) };

describe("rewriteMessage()", () => {
  test.each([...mimeEvasions, ...archiveEvasions])("leaves nothing of what is hidden by $name", async ({ build }) => {
    const { message, rewrite } = await rewritten(build(eicar()));
    expect(testScanner().scan(message).verdict.detections).toEqual([]);
    expect(rewrite.edits.length).toBeGreaterThan(0);
  });

  test("replaces the infected part alone by a notice", async () => {
    const original = attachmentMail([{ name: "b.txt", content: Buffer.from("kept") }, LONG_PAYLOAD]);
    const { message, rewrite } = await rewritten(original);
    const { text, attachments } = await simpleParser(message);
    expect(text).toContain("Found:         Eicar-Test-Signature (malware) in a.com");
    expect(text).toContain("imap imap.example.org");
    expect(attachments.map((attachment) => attachment.content.toString())).toEqual(["kept"]);
    expect([rewrite.isWhole, rewrite.edits.length]).toEqual([false, 1]);
    expect(rewrite.headerBytes).toBe(original.indexOf("\r\n\r\n") + 4);
  });

  test("says in the header of a notice what was ambiguous there, when there is room, and in no other", async () => {
    const encodings = ["Content-Transfer-Encoding: 7bit", "Content-Transfer-Encoding: base64"];
    const fields = ['Content-Type: application/octet-stream; name="invoice.com"', ...encodings];
    const ambiguous = (partFields: string[]): Buffer =>
      buildMail({ topFields: ["MIME-Version: 1.0", "X-A: b"], partFields, body: eicar().toString("base64") });
    const { message } = await rewritten(ambiguous(fields));
    expect(message.toString("latin1").match(/^X-Mailward-Ambiguity.*$/gm)).toEqual([
      "X-Mailward-Ambiguity: duplicate-encoding",
    ]);
    expect(message.indexOf("X-Mailward-Ambiguity")).toBeGreaterThan(message.indexOf("The document is attached."));
    const short = await rewritten(ambiguous(encodings));
    expect(short.message.includes("X-Mailward-Ambiguity")).toBe(false);
    const plain = await rewritten(buildMail({ body: eicar().toString("base64") }));
    expect(plain.message.includes("X-Mailward-Ambiguity")).toBe(false);
  });

  test("keeps the length of the message where there is room for the notice", async () => {
    const content = Buffer.concat([Buffer.alloc(2_000, "x"), eicar()]);
    for (const original of [attachmentMail([{ name: "a.com", content }]), textMail(content.toString("latin1"))]) {
      expect((await rewritten(original)).message.length).toBe(original.length);
    }
  });

  test("keeps the header of a message that is infected as a whole", async () => {
    const { message, rewrite } = await rewritten(textMail(eicar().toString("latin1"), { subject: "the subject" }));
    const { subject, text } = await simpleParser(message);
    expect(subject).toBe("the subject");
    expect(text).toContain("mailward has removed the content of this message.");
    expect(rewrite.isWhole).toBe(true);
    expect(message.subarray(0, rewrite.headerBytes).toString()).toMatch(/\r\n\r\n$/);
  });

  test("keeps the header up to the line with which the infected content begins in it", async () => {
    const original = `Subject: the subject\r\nContent-Transfer-Encoding: base64\r\n${eicar().toString("base64")}\r\nX-A: b\r\n`;
    const { message, rewrite } = await rewritten(Buffer.from(original));
    expect(message.toString("latin1")).toMatch(/^Subject: the subject\r\nMIME-Version: 1\.0\r\n/);
    expect([rewrite.isWhole, message.includes("X-A")]).toEqual([true, false]);
  });

  test("replaces the part inside a message inside the message", async () => {
    const { message, rewrite } = await rewritten(nestedMail(eicarZipMail(), 2));
    expect(rewrite.isWhole).toBe(false);
    expect(
      testScanner()
        .scan(message)
        .tree.entities.map((entity) => entity.number),
    ).toContain("2.2.2");
  });

  test.each(["multipart/signed", "multipart/encrypted"])("replaces all of a %s message", async (type) => {
    const original = Buffer.from(
      attachmentMail([PAYLOAD]).toString("latin1").replace("multipart/mixed", type),
      "latin1",
    );
    const { message, rewrite } = await rewritten(original, ["infected"]);
    expect(rewrite.isWhole).toBe(true);
    expect(testScanner().scan(message).tree.root.type).toBe("text/plain");
  });

  test("replaces all of a signed part, and no more", async () => {
    const signed = attachmentMail([PAYLOAD]).toString("latin1").replace("multipart/mixed", "multipart/signed");
    const original = nestedMail(Buffer.from(signed, "latin1"), 1);
    const { message, rewrite } = await rewritten(original);
    expect(rewrite.isWhole).toBe(false);
    const inner = testScanner()
      .scan(message)
      .tree.entities.find((entity) => entity.number === "2.1");
    expect(inner?.type).toBe("text/plain");
  });

  test("takes the header as well when that is infected, and nothing of it into the notice", async () => {
    const original = textMail("text", { subject: eicar().toString("latin1") });
    const { message, rewrite } = await rewritten(original);
    expect(rewrite.isWhole).toBe(true);
    expect(message.toString("latin1")).toMatch(/^Subject: Message removed by mailward\r\n/);
    expect(testScanner().scan(message).verdict.kind).toBe("clean");
  });

  test("removes only the classes of findings that it is asked to", async () => {
    const odd: Engine = {
      name: "odd",
      inspect: ({ name }) => (name === "odd.bin" ? [{ name: "Odd", kind: "heuristic" }] : []),
    };
    const scanner = testScanner({}, [odd]);
    const locked = Buffer.from("377abcaf271c000400", "hex");
    const original = attachmentMail([
      PAYLOAD,
      { name: "odd.bin", content: Buffer.from("odd") },
      { name: "locked.7z", content: locked },
    ]);
    const names = async (remove?: FindingClass[]): Promise<(string | undefined)[]> => {
      const { message } = await rewritten(original, remove, scanner);
      return (await simpleParser(message)).attachments.map((attachment) => attachment.filename);
    };
    expect(await names(["infected"])).toEqual(["odd.bin", "locked.7z"]);
    expect(await names(["suspicious"])).toEqual(["a.com", "locked.7z"]);
    expect(await names(["incomplete"])).toEqual(["a.com", "odd.bin"]);
    expect(await names()).toEqual([]);
  });

  test("replaces the whole body when nothing is found in it", async () => {
    const { message, rewrite } = await rewritten(textMail("harmless"));
    expect(rewrite.isWhole).toBe(true);
    expect(message.includes("harmless")).toBe(false);
  });

  test("replaces the whole body when very many parts are infected", async () => {
    const many = (count: number): Buffer => attachmentMail(new Array(count).fill(PAYLOAD));
    expect((await rewritten(many(rewriteLimits.parts))).rewrite.isWhole).toBe(false);
    expect((await rewritten(many(rewriteLimits.parts + 1))).rewrite.isWhole).toBe(true);
  });

  test("takes what was not looked at with the rest, and shortens the message below the limit", async () => {
    const original = textMail(`${"x".repeat(5_000)}the end`);
    const scanner = testScanner({ messageBytes: 3_000 });
    const { message } = await rewritten(original, ["incomplete"], scanner);
    expect(message.includes("the end")).toBe(false);
    expect(scanner.scan(message).verdict.kind).toBe("clean");
  });

  test("takes the unscanned end with an infected part before it", async () => {
    const original = Buffer.concat([eicarMail(), Buffer.alloc(2_000, "y")]);
    const { message } = await rewritten(original, ["infected"], testScanner({ messageBytes: original.length - 1_000 }));
    expect(message.includes("yyy")).toBe(false);
  });

  describe("with findings of other programs", () => {
    const content = { name: "b.bin", content: Buffer.from("kept") };
    const known = { name: "a.bin", content: Buffer.from("known elsewhere".padEnd(1_500)) };
    const original = attachmentMail([known, content]);
    const found = (part: string): Detection => ({
      name: "Some.Name",
      kind: "malware",
      engine: "clamd",
      part,
      path: [],
    });

    test("replaces the part that they name", async () => {
      const { message, rewrite } = await rewritten(original, ["infected"], testScanner(), {
        known: { detections: [found("2")], incomplete: [] },
      });
      const { text, attachments } = await simpleParser(message);
      expect(text).toContain("Found:         Some.Name (malware)");
      expect(attachments.map((attachment) => attachment.content.toString())).toEqual(["kept"]);
      expect(rewrite).toMatchObject({ level: "parts", isWhole: false });
    });

    test("replaces the body when they do not know where it is", async () => {
      for (const part of ["", "9"]) {
        const { message, rewrite } = await rewritten(original, ["infected"], testScanner(), {
          known: { detections: [found(part)], incomplete: [] },
        });
        const { text, attachments } = await simpleParser(message);
        expect(text).toContain("Found:         Some.Name (malware)");
        expect(attachments).toEqual([]);
        expect(rewrite.level).toBe("body");
      }
    });

    test("leaves the rest to another look when one of them is somewhere", async () => {
      const { rewrite } = await rewritten(original, ["infected"], testScanner(), {
        known: { detections: [found(""), found("2")], incomplete: [] },
      });
      expect(rewrite.level).toBe("parts");
    });

    test("replaces the body when what is incomplete is to go", async () => {
      const known = { detections: [], incomplete: ["clamd"] };
      const { message, rewrite } = await rewritten(original, ["incomplete"], testScanner(), { known });
      expect(rewrite.level).toBe("body");
      expect(message.includes("clamd: it did not look at everything")).toBe(true);
    });

    test("takes out no less than is asked for", async () => {
      const known = { detections: [found("2")], incomplete: [] };
      const body = await rewritten(original, ["infected"], testScanner(), { known, atLeast: "body" });
      expect(body.rewrite.level).toBe("body");
      const { message, rewrite } = await rewritten(original, ["infected"], testScanner(), {
        known,
        atLeast: "message",
      });
      expect(rewrite).toMatchObject({ level: "message", isWhole: true });
      expect(message.includes("Some.Name")).toBe(true);
      expect(message.includes("kept")).toBe(false);
    });

    test("does not ask engines for whole messages that did not come to an end before", async () => {
      const asked: string[] = [];
      const engine = (name: string): MessageEngine => ({
        name,
        inspectMessage() {
          asked.push(name);
          return [];
        },
      });
      const scanner = createScanner({
        engines: [],
        messageEngines: [engine("yara"), engine("other")],
        options: scanLimits,
        clock: { now: () => 0, monotonic: () => 0 },
      });
      await rewritten(original, ["infected"], scanner, { known: { detections: [found("2")], incomplete: ["yara"] } });
      expect(new Set(asked)).toEqual(new Set(["other"]));
    });
  });

  test("gives the same edits twice", async () => {
    const [first, second] = [await rewritten(eicarZipMail()), await rewritten(eicarZipMail())];
    expect(first.rewrite.edits).toEqual(second.rewrite.edits);
  });

  test("lets a hostile name forge no part", async () => {
    const fields = [
      'Content-Type: a/b; name="x\r\n --foo\r\n Content-Type: text/html"',
      "Content-Transfer-Encoding: base64",
    ];
    const original = buildMail({ partFields: fields, body: eicar().toString("base64") });
    const { message } = await rewritten(original);
    expect(
      testScanner()
        .scan(message)
        .tree.entities.map((entity) => entity.number),
    ).toEqual(["", "1", "2"]);
  });
});

async function rewritten(
  original: Buffer,
  remove?: readonly FindingClass[],
  scanner: Scanner = testScanner(),
  { known, atLeast }: { known?: KnownFindings; atLeast?: RewriteLevel } = {},
): Promise<{ message: Buffer; rewrite: RewrittenMessage }> {
  const request = { context: CONTEXT, ...(remove && { remove }), ...(known && { known }) };
  const rewrite = await rewriteMessage(scanner, original, request, atLeast);
  return { message: applyEdits(original, rewrite.edits), rewrite };
}
