import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../../../src/core/scan-limits.ts";
import { htmlExtractor, renderedTextExtractor } from "../../../../../src/scan/extractors/html/html.ts";
import { type Extracted, extract } from "../../../../support/extract.ts";

describe("renderedTextExtractor", () => {
  test.each([
    ["<p>a<b>b</b>c<br>d<!-- e -->f</p>", "\nabc\ndf\n"],
    ["<p>&#97;&#x62;&#99&lt;&amp;&AMP&nbsp;&excl;&notAName;&#xZ;&#1114112;", "\nabc<&& !&notAName;&#xZ;"],
    ["<b>a\u00ad\u200b\u2060b&shy;c&#8203;d&zwj;e", "abcde"],
    ["<style>p{}</style>a<script>b</script>c", "ac"],
    ['<p title="a>b" data=c>d<i/>e</p', "\nde\n"],
    ["<textarea><b>&lt;</b></textarea>x", "<b><</b>x"],
    ["<b>x<![CDATA[a<b>&amp;]]>", "xa<b>&"],
    ["a < b and <i>c</i> <> d", "a < b and c <> d"],
    ["<p>a<!--b", "\nab"],
    ["&#97;&#98;", "ab"],
  ])("reads %j as it is seen", (page, expected) => {
    expect(rendered(page).entries.map(({ bytes }) => bytes.toString())).toEqual([expected]);
  });

  test("reads what attributes and comments say in references below the text", () => {
    const secret = [..."a long enough secret"].map((letter) => `&#${letter.charCodeAt(0)};`).join("");
    const text = rendered(
      `<p title="${secret}" alt="nothing of that kind">x</p><!-- ${secret} --><a href="?a=1&amp;b=2&amp;c=3">`,
    );
    expect(text.entries[0]?.bytes.toString()).toBe("\nx\n\na long enough secret\n a long enough secret \n");
  });

  test("takes nothing for markup that is none", () => {
    for (const text of [
      "a < b > c",
      "<https://example.org/>",
      "<user@example.org> wrote:",
      "x &amp; y",
      "if (a<b) c>d",
    ]) {
      expect(rendered(text).entries).toEqual([]);
    }
    const binary = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * index * 7) & 0xff));
    expect(extract(renderedTextExtractor, Buffer.concat([binary, Buffer.from("<p>&#97;")])).entries).toEqual([]);
  });

  test("does not take rendered text for markup again", () => {
    const content = {
      bytes: Buffer.from("<b>x</b>"),
      origin: "decoded",
      name: "",
      container: "rendered-text",
    } as const;
    expect(extract(renderedTextExtractor, content).entries).toEqual([]);
    expect(extract(htmlExtractor, content).entries).toEqual([]);
  });

  test("follows entities that a document declares, and says when they grow without end", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `<!ENTITY a${index + 1} "${`&a${index};`.repeat(10)}">`);
    const page = `<!DOCTYPE svg [<!ENTITY a0 "0123456789">${lines.join("")}]><svg>&a1;&a20;&a4;</svg>`;
    const { entries, reasons } = rendered(page);
    expect(entries[0]?.bytes.toString().startsWith("0123456789".repeat(10))).toBe(true);
    expect(entries[0]?.bytes.length).toBeLessThan(300_000);
    expect(reasons).toEqual(["limit-views: entities"]);
  });
});

describe("htmlExtractor", () => {
  test.each([
    ['<a href="data:text/plain,a%20b%2">x</a>', ["a b%2"]],
    ['<a download="n.txt" href="data:;base64,QUJD">x</a>', ["ABC"]],
    ["<p style=\"background:url(data:x/y,%41),url('data:x/y;base64,QU%4aD')\">", ["A", "ABC"]],
    ['<iframe srcdoc="&lt;p&gt;a">', ["<p>a"]],
    ["<p data:x>data:no,address</p>", []],
    ["<img src='metadata:x,y' alt='data: 12, 13'>", [" 13"]],
  ])("gives what is in %j", (page, expected) => {
    expect(html(page).entries.map(({ bytes }) => bytes.toString())).toEqual(expected);
  });

  test("calls a download by its name", () => {
    const { entries } = html('<a href="data:;base64,QUJD" download="invoice.pdf.exe">x</a><img src="data:,x%41">');
    expect(entries.map(({ name }) => name)).toEqual(["invoice.pdf.exe", ""]);
  });

  test("leaves plain base64 to what finds it in any text", () => {
    expect(html('<img src="data:image/png;base64,QUJDREVG">').entries).toEqual([]);
  });

  test("calls pictures with scripts by their name, and no others", () => {
    const svg = (content: string): string =>
      `<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg">${content}</svg>`;
    expect(html(svg("<script>alert(1)</script>")).heuristics).toEqual([["svg-script", ""]]);
    expect(html(svg('<rect onclick="x()"/>')).heuristics).toEqual([["svg-script", ""]]);
    expect(html(svg('<a href="javascript:x()"><rect/></a>')).heuristics).toEqual([["svg-script", ""]]);
    expect(html(svg('<a href="https://example.org/"><rect/></a><style>a{}</style>')).heuristics).toEqual([]);
    expect(html("<html><script>x()</script><svg></svg></html>").heuristics).toEqual([]);
  });

  test("bears any octets, in time", () => {
    const piece = fc.constantFrom(
      ..."<script>|</script>|<!--|-->|<p |='|=\"|'|\"|>|&#x4|&lt|;|<![CDATA[|<!DOCTYPE a [|<!ENTITY b '|]>|data:|,|;base64,|<textarea>|</|a|+|[|(|\\|\n|<svg|/>|onload=|\u00e9|srcdoc=".split(
        "|",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 120 }), (pieces) => {
        const page = `<html>${pieces.join("")}`;
        const given = [...html(page).entries, ...rendered(page).entries];
        expect(given.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(100 * page.length + 10_000);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["open tags", "<a ".repeat(60_000)],
    ["open comments", "<!--".repeat(60_000)],
    ["open values", "<a b='<a b=\"".repeat(20_000)],
    ["open scripts", "<script></".repeat(30_000)],
    ["open titles", "<title></x".repeat(30_000)],
    ["declarations", "<!DOCTYPE [".repeat(30_000)],
    ["references", "&#&amp".repeat(60_000)],
    ["addresses", `<a href="${"data:,".repeat(40_000)}">`],
    ["documents in documents", "<textarea><b></textarea>".repeat(20_000)],
    ["entities", `<!DOCTYPE a [${'<!ENTITY b "c">'.repeat(20_000)}]><a>`],
  ])("takes no longer than its share for %s", (_name, page) => {
    const before = process.cpuUsage();
    html(`<html>${page}`);
    rendered(`<html>${page}`);
    expect(process.cpuUsage(before).user).toBeLessThan(2_500_000);
  });

  test("ends what it gives at the limits", () => {
    const page = `<html>${'<a href="data:,%41aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'.repeat(3)}<script>${'x("\\x41aaaaaaaaaaaaaaaaaaaaaaaaa");'.repeat(9)}</script>`;
    expect(html(page).reasons).toEqual([]);
    const many = (count: number): string => `<html>${'<a href="data:,%41 b">'.repeat(count)}`;
    expect(html(many(mimeLimits.embeddedPieces)).reasons).toEqual([]);
    expect(html(many(mimeLimits.embeddedPieces + 1)).reasons).toEqual(["limit-views: markup"]);
    const handlers = `<html>${`<a onclick="${"f(1);".repeat(10)}">`.repeat(10_001)}`;
    expect(html(handlers).reasons).toEqual(["limit-views: scripts"]);
    const long = `<html><a href="${"data:,".repeat(1_500)}">`;
    expect(html(long).reasons).toEqual(["limit-views: markup"]);
  });
});

function html(page: string): Extracted {
  return extract(htmlExtractor, Buffer.from(page));
}

function rendered(page: string): Extracted {
  return extract(renderedTextExtractor, Buffer.from(page));
}
