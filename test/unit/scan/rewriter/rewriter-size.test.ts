import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyEdits } from "../../../../src/mime/apply-edits.ts";
import { PartFields } from "../../../../src/mime/sections/body-structure.ts";
import { structureOf } from "../../../../src/mime/sections/message-structure.ts";
import { type Part, parseParts } from "../../../../src/mime/sections/part-tree.ts";
import { rewriteMessage } from "../../../../src/scan/rewriter.ts";
import { eicar } from "../../../support/eicar.ts";
import { buildMail, mimeEvasions } from "../../../support/evasion.ts";
import { combinedEvasions, readingEvasions } from "../../../support/evasion-mime.ts";
import { buildPlanned, isInfected, plan } from "../../../support/infected-messages.ts";
import { testScanner } from "../../../support/scan-message.ts";

const CONTEXT = { protocol: "imap", upstream: "imap.example.org", account: "ben", date: "" };

describe("rewriteMessage()", () => {
  test("keeps sizes, part numbers, encodings and lines of every message", async () => {
    const scanner = testScanner();
    await fc.assert(
      fc.asyncProperty(plan, fc.constantFrom("\r\n" as const, "\n" as const), async (root, lineEnd) => {
        fc.pre(isInfected(root));
        const original = buildPlanned(root, lineEnd);
        const { edits, level } = await rewriteMessage(scanner, original, { context: CONTEXT });
        const message = applyEdits(original, edits);
        expect(message.length).toBe(original.length);
        expect(level).toBe(root.type === "leaf" ? "body" : "parts");
        expect(told(message)).toEqual(told(original));
        expect(scanner.scan(message).verdict.detections).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  test("keeps the size of every message in which something is hidden in a body", async () => {
    const scanner = testScanner();
    const changed: string[] = [];
    const evasions = [...mimeEvasions, ...readingEvasions, ...combinedEvasions(40)];
    for (const { name, build } of evasions) {
      const original = build(Buffer.concat([eicar(), Buffer.alloc(600, " ")]));
      const [root] = parseParts(original).parts;
      if (root?.bodyStart === original.length) continue;
      const { edits } = await rewriteMessage(scanner, original, { context: CONTEXT });
      const message = applyEdits(original, edits);
      if (message.length !== original.length) changed.push(`${name}: ${original.length} to ${message.length}`);
    }
    expect(changed).toEqual([]);
  }, 120_000);

  test("gives no empty message, and no line above 900 octets in a header", async () => {
    const scanner = testScanner();
    await fc.assert(
      fc.asyncProperty(plan, async (root) => {
        fc.pre(isInfected(root));
        const original = buildPlanned(root, "\r\n");
        const { edits } = await rewriteMessage(scanner, original, { context: CONTEXT });
        const message = applyEdits(original, edits);
        const lengths = (bytes: Buffer): number[] =>
          parseParts(bytes).parts.flatMap(({ start, bodyStart }) =>
            bytes
              .toString("latin1", start, bodyStart)
              .split("\r\n")
              .map((line) => line.length),
          );
        const longest = Math.max(900, ...lengths(original));
        expect(Math.max(...lengths(message))).toBeLessThanOrEqual(longest);
        expect(message.toString("latin1").trim()).not.toBe("");
      }),
      { numRuns: 100 },
    );
  }, 120_000);

  test("tells a client that knows only the old structure what happened", async () => {
    const content = Buffer.concat([eicar(), Buffer.alloc(1_000, " ")]);
    const fields = ["Content-Type: application/zip; name=invoice.zip", "Content-Transfer-Encoding: base64"];
    const lines = content.toString("base64").replace(/.{76}/g, "$&\r\n");
    const original = buildMail({ partFields: fields, body: lines });
    const { edits } = await rewriteMessage(testScanner(), original, { context: CONTEXT });
    const message = applyEdits(original, edits);
    const part = parseParts(original).parts.at(-1);
    const old = message.toString("latin1", part?.bodyStart, part?.end);
    expect(Buffer.from(old, "base64").toString()).toContain(
      "Found:         Eicar-Test-Signature (malware) in invoice.zip\r\n",
    );
    expect(structureOf(message).bodyStructure?.toString()).toContain('"text" "plain" ("charset" "utf-8")');
  });
});

/** What IMAP and POP3 tell of a message before its content, but for names and types. */
function told(message: Buffer): unknown {
  const { parts } = parseParts(message);
  return parts.map((part) => ({
    range: [part.start, part.bodyStart, part.end],
    kind: part.kind,
    encoding: new PartFields(message, part).transferEncoding,
    // Of a leaf because it may be text, of a message because it says so.
    lines: part.kind === "multipart" ? undefined : lineEnds(message, part),
    children: part.children.map((child) => parts.indexOf(child)),
  }));
}

function lineEnds(message: Buffer, { bodyStart, end }: Part): number {
  return message.toString("latin1", bodyStart, end).split("\n").length;
}
