import fc from "fast-check";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { applyEdits } from "../../../src/mime/apply-edits.ts";
import type { Entity } from "../../../src/mime/entity.ts";
import type { Notice } from "../../../src/mime/notice.ts";
import { replaceEntity } from "../../../src/mime/replace-part.ts";
import { walkMessage } from "../../../src/mime/walk.ts";
import { WalkAllowance } from "../../../src/mime/walk-allowance.ts";
import { attachmentMail, nestedMail, textMail } from "../../support/sample-mail.ts";

const NOTICE = { lines: ["Something was removed.", "Ümläute too."], short: ["Removed."] };

describe("replaceEntity()", () => {
  const attachment = { name: "a.bin", content: Buffer.alloc(2_000, "content ") };

  test("puts a text part in the place of an attachment and keeps the length", async () => {
    const mail = attachmentMail([attachment, { name: "b.txt", content: Buffer.from("second") }]);
    const replaced = replace(mail, "2");
    expect(replaced.length).toBe(mail.length);
    const parsed = await simpleParser(replaced);
    expect(parsed.text).toContain("See the attachment.");
    expect(parsed.text).toContain("Ümläute too.");
    expect(parsed.attachments.map((part) => part.filename)).toEqual(["b.txt"]);
    expect(entities(replaced).map((entity) => entity.number)).toEqual(["", "1", "2", "3"]);
  });

  test("says less where there is less room, and keeps the length", () => {
    const room = (bytes: number): string => {
      const mail = attachmentMail([{ name: "a", content: Buffer.alloc(bytes, "x") }]);
      const replaced = replace(mail, "2", { lines: new Array(9).fill(NOTICE.lines[0]), short: ["Removed."] });
      expect(replaced.length).toBe(mail.length);
      return replaced.toString("latin1").split("quoted-printable\r\n\r\n")[1] ?? "";
    };
    expect(room(300)).toMatch(/^Something was removed\./);
    expect(room(20)).toMatch(/^Removed\./);
  });

  test("grows when the notice is longer than what it replaces", () => {
    const mail = attachmentMail([{ name: "a", content: Buffer.from("x") }]);
    const replaced = replace(mail, "1");
    expect(replaced.length).toBeGreaterThan(mail.length);
    expect(entities(replaced).map((entity) => entity.number)).toEqual(["", "1", "2"]);
  });

  test("keeps a message's own header but for the fields of its content", async () => {
    const header =
      "Subject: kept\r\nContent-Type: application/zip;\r\n name=a.zip\r\nX-A: kept too\r\ncontent-transfer-encoding: base64\r\nMIME-Version: 1.0\r\nContent-Type: image/gif\r\nContent-Disposition: attachment\r\n";
    const mail = Buffer.from(`${header}\r\n${"QUFB\r\n".repeat(200)}`);
    const replaced = replace(mail, "1");
    expect(replaced.length).toBe(mail.length);
    expect(replaced.toString("latin1")).toMatch(
      /^Subject: kept\r\nX-A: kept too\r\nMIME-Version: 1\.0\r\nContent-Type: text\/plain; charset=utf-8\r\n/,
    );
    const parsed = await simpleParser(replaced);
    expect([parsed.subject, parsed.attachments.length]).toEqual(["kept", 0]);
    expect(parsed.text).toContain("Something was removed.");
  });

  test.each([
    ["after a bare CR", "X: a\rContent-Type: multipart/mixed\r\n\r\nbody\r\n"],
    ["on an indented line", "X: a\r\n Content-Type: multipart/mixed\r\nY: b\r\n\r\nbody\r\n"],
    ["on a last line that does not end", "X: a\r\nContent-Type: multipart/mixed"],
    ["as the only field", "Content-Type: multipart/mixed\r\n\r\nbody"],
    ["before LF alone", "Content-Type: multipart/mixed\nX: a\n\nbody"],
  ])("leaves one Content-Type where another stood %s", (_name, text) => {
    const replaced = replace(Buffer.from(text), "1").toString("latin1");
    expect(replaced.match(/content-type/gi)).toHaveLength(1);
    expect(entities(Buffer.from(replaced, "latin1"))[0]?.type).toBe("text/plain");
    expect(/- mailward\r?\n$/.test(replaced)).toBe(true);
  });

  test("leaves no field in the header of a notice that only we write", () => {
    const header =
      "X-Mailward-Ambiguity: none\r\nSubject: kept\r\n x-mailward-a: b\rX-Mailward-B: c\r\nContent-Type: a/b;\r\n X-Mailward-C: d\r\nX-Mailward-Verdict: clean\r\n at all\r\nX-A: kept too\r\n";
    const replaced = replace(Buffer.from(`${header}\r\nbody\r\n`, "latin1"), "1").toString("latin1");
    expect(replaced).toMatch(/^Subject: kept\r\nX-A: kept too\r\nMIME-Version: 1\.0\r\nContent-Type: text\/plain;/);
    expect(replaced).not.toMatch(/x-mailward/i);
  });

  test("cuts a message's header where it holds a line that is no field", () => {
    const mail = Buffer.from("Subject: kept\r\nContent-Type: a/b\r\nQUJD\r\nContent-Type: c/d\r\nX: y\r\n\r\nbody\r\n");
    const replaced = replace(mail, "1").toString("latin1");
    expect(replaced).toMatch(/^Subject: kept\r\nMIME-Version: 1\.0\r\nContent-Type: text\/plain/);
    expect(replaced).not.toMatch(/QUJD|c\/d|X: y|body/);
  });

  test("replaces what a message inside a message consists of, not its header", async () => {
    const replaced = replace(nestedMail(attachmentMail([attachment]), 1), "2");
    const parsed = await simpleParser(replaced);
    expect(parsed.attachments.map((part) => part.contentType)).toEqual(["message/rfc822"]);
    const inner = await simpleParser(parsed.attachments[0]?.content ?? "");
    expect([inner.subject, inner.attachments.length]).toEqual(["a message", 0]);
    expect(inner.text).toContain("Something was removed.");
  });

  test("follows the line ends of the message", () => {
    const mail = Buffer.from(attachmentMail([attachment]).toString("latin1").replaceAll("\r\n", "\n"), "latin1");
    const replaced = replace(mail, "2");
    expect(replaced.length).toBe(mail.length);
    expect(replaced.includes("\r")).toBe(false);
  });

  test("leaves every octet outside of the edits as it was", () => {
    const mails = [attachmentMail([attachment, attachment]), nestedMail(attachmentMail([attachment]), 2), textMail()];
    fc.assert(
      fc.property(fc.constantFrom(...mails), fc.nat(), fc.boolean(), (mail, choice, keepsSize) => {
        const all = entities(mail);
        const entity = all[choice % all.length];
        if (entity === undefined) throw new Error("a message has entities");
        const edits = replaceEntity(mail, entity, NOTICE, keepsSize);
        let result = applyEdits(mail, edits);
        expect(edits.every((edit, index) => edit.start >= (edits[index - 1]?.end ?? 0) && edit.end >= edit.start)).toBe(
          true,
        );
        // Taking the edits back gives the message again: nothing else has changed.
        for (const edit of edits) {
          const original = mail.subarray(edit.start, edit.end);
          result = Buffer.concat([
            result.subarray(0, edit.start),
            original,
            result.subarray(edit.start + edit.bytes.length),
          ]);
        }
        expect(result.equals(mail)).toBe(true);
      }),
    );
  });
});

function entities(mail: Buffer): readonly Entity[] {
  return walkMessage(mail, new WalkAllowance(100)).entities.filter((entity) => entity.isRegular);
}

/** The innermost entity with that number. */
function replace(mail: Buffer, number: string, notice: Notice = NOTICE): Buffer {
  const entity = entities(mail).findLast((candidate) => candidate.number === number);
  if (entity === undefined) throw new Error(`no part ${number}`);
  return applyEdits(mail, replaceEntity(mail, entity, notice, true));
}
