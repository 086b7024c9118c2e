import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signatureLimits } from "../../../../../src/core/scan-limits.ts";
import { normalHtml, normalText } from "../../../../../src/scan/engines/signatures/normal-text.ts";
import { compileTexts, inspectWith, namesFound } from "../../../../support/signatures.ts";

describe("normalText()", () => {
  test("has small letters, single blanks and nothing but ASCII", () => {
    expect(normalText(Buffer.from("Hello   WORLD\r\n\tFoo\x01\x80Bar\n", "latin1")).toString()).toBe(
      "hello world foobar ",
    );
  });

  test("is never longer than the text, and its own normal form", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const normal = normalText(Buffer.from(bytes));
        expect(normal.length).toBeLessThanOrEqual(bytes.length);
        expect(normalText(normal).equals(normal)).toBe(true);
      }),
    );
  });
});

describe("normalHtml()", () => {
  test.each([
    ["<HTML>\n <Body  BGCOLOR='Red'>  Text", '<html><body bgcolor="red">text'],
    ["a<!-- a Comment -->b<!--", "ab"],
    ["&amp; W&#111;rld&#x21; &lt;x&gt; &nothing; &#0;", "& world! <x>&nothing; &#0;"],
    ["it's <a title='it'>", 'it\'s <a title="it">'],
    ["caf\xe9", "caf\xe9"],
  ])("reads %s as ClamAV does", (html, normal) => {
    expect(normalHtml(Buffer.from(html, "latin1")).toString("latin1")).toBe(normal);
  });

  test("takes any octets in a time that grows as they do", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void normalHtml(Buffer.from(bytes))));
    const started = performance.now();
    normalHtml(Buffer.alloc(2_000_000, "<!-- &#x"));
    normalHtml(Buffer.alloc(2_000_000, "<!--"));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("inspect() of text", () => {
  const files = { "a.ndb": `Html:3:*:${hex('<a href="bad">')}\nText:7:*:${hex("very bad words")}` };

  test.each<[string, string, string[]]>([
    ["HTML", "<html><A  HREF='Bad'>x</a>", ["Html"]],
    ["text", "VERY   bad\r\nwords", ["Text"]],
    ["HTML that is text too", "<html>very bad words <a href=bad>", ["Text"]],
  ])("finds signatures for it in %s", async (_name, text, names) => {
    expect(await namesFound(files, Buffer.from(text))).toEqual(names);
  });

  test("does not find them in other content", async () => {
    expect(await namesFound(files, Buffer.concat([Buffer.alloc(8), Buffer.from("very bad words")]))).toEqual([]);
  });

  test("finds them in a part that says it is HTML", async () => {
    const signatures = await compileTexts(files);
    const bytes = Buffer.from('hello <a href="bad">');
    expect(inspectWith(signatures, { bytes, origin: "text", name: "", type: "text/html" }).names).toEqual(["Html"]);
    expect(inspectWith(signatures, { bytes, origin: "encoded", name: "", type: "text/html" }).names).toEqual([]);
  });

  test("finds signatures for mail in messages as a whole", async () => {
    const signatures = await compileTexts({ "a.ndb": `Mail:4:*:${hex("Subject: bad\n\nbody")}` });
    const bytes = Buffer.from("From: a@example.org\nSubject: bad\n\nbody");
    expect(inspectWith(signatures, { bytes, origin: "message", name: "" }).names).toEqual(["Mail"]);
    expect(inspectWith(signatures, { bytes, origin: "entry", name: "" }).names).toEqual(["Mail"]);
    expect(inspectWith(signatures, { bytes, origin: "header", name: "" }).names).toEqual([]);
  });

  test("says how much it has brought into normal form when that is not all", async () => {
    const bytes = Buffer.alloc(signatureLimits.normalizedBytes + 1, "x ");
    const { names, notes } = inspectWith(await compileTexts(files), bytes);
    expect(names).toEqual([]);
    expect(notes).toEqual([`only ${signatureLimits.normalizedBytes} octets were brought into normal form`]);
    expect(inspectWith(await compileTexts(files), bytes.subarray(1)).notes).toEqual([]);
  });
});

function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}
