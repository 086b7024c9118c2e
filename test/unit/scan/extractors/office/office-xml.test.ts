import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { activeMimeExtractor } from "../../../../../src/scan/extractors/office/active-mime.ts";
import { officeXmlExtractor } from "../../../../../src/scan/extractors/office/office-xml.ts";
import { extract } from "../../../../support/extract.ts";

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n';

describe("officeXmlExtractor with relationships", () => {
  const judge = (type: string, target: string, mode = ' TargetMode="External"'): string[] => {
    const space = "http://schemas.openxmlformats.org/package/2006/relationships";
    const kind = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}`;
    const xml = `${HEAD}<Relationships xmlns="${space}"><Relationship Id="rId1" Type="${kind}" Target="${target}"${mode}/></Relationships>`;
    return names(xml);
  };

  test.each([
    ["attachedTemplate", "http://example.org/a.dotm"],
    ["attachedTemplate", "HTTPS://example.org/a.dotm?x=1"],
    ["attachedTemplate", "file://203.0.113.9@80/share/a.dotm"],
    ["attachedTemplate", "file:///\\\\203.0.113.9\\share\\a.dotm"],
    ["attachedTemplate", "\\\\example.org@SSL\\DavWWWRoot\\a.dotm"],
    ["attachedTemplate", "file://0x7b010203/a"],
    ["attachedTemplate", "ht&#116;p&#x3a;//example.org/a"],
    ["oleObject", "mhtml:http://example.org/a.html!x-usc:http://example.org/a.html"],
    ["oleObject", "script:https://example.org/a.sct"],
    ["frame", "http://example.org/"],
    ["subDocument", "https://example.org/b.docx"],
    ["externalLink", "ftp://example.org/a.xlsx"],
    ["hyperlink", "ms-msdt:/id PCWDiagnostic"],
    ["hyperlink", "search-ms:query=a&amp;crumb=location:\\\\example.org@80\\x"],
  ])("finds a %s at %s suspicious", (type, target) => {
    expect(judge(type, target)).toContain("external-template");
  });

  test.each([
    ["attachedTemplate", "file:///C:\\Users\\a\\AppData\\Roaming\\Microsoft\\Templates\\Letter.dotm"],
    ["attachedTemplate", "file:///\\\\fileserver\\templates\\letter.dotx"],
    ["attachedTemplate", "\\\\192.168.1.5\\templates\\letter.dotx"],
    ["attachedTemplate", "Normal.dotm"],
    ["hyperlink", "https://example.org/cmd/powershell.html"],
    ["hyperlink", "mailto:a@example.org"],
    ["hyperlink", "file:///C:\\bash scripts\\manual.pdf"],
    ["image", "https://example.org/logo.png"],
    ["oleObject", "file:///C:\\table.xlsx"],
    ["externalLinkPath", "https://example.org/book.xlsx"],
  ])("finds nothing in a %s at %s", (type, target) => {
    expect(judge(type, target)).toEqual([]);
  });

  test("finds a link that is a command suspicious", () => {
    expect(judge("hyperlink", "powershell -NoP%20-w hidden -c x")).toEqual(["dde"]);
    expect(judge("hyperlink", "file:///C:\\Windows\\System32\\cmd.exe /c calc")).toEqual(["dde"]);
    expect(judge("hyperlink", "cmd.exe", "")).toEqual([]);
  });

  test("reads UTF-16, other quotes and prefixes, and roots behind long comments", () => {
    const xml = `<!--${"x".repeat(20_000)}--><r:Relationships><r:Relationship TargetMode='External' Target='http://example.org/' Type='x/frame'/></r:Relationships>`;
    expect(names(xml)).toEqual(["external-template"]);
    const wide = Buffer.from(`\ufeff${HEAD}${xml}`, "utf16le");
    expect(extract(officeXmlExtractor, wide).heuristics).toHaveLength(1);
    expect(extract(officeXmlExtractor, Buffer.from(wide).swap16()).heuristics).toHaveLength(1);
  });
});

describe("officeXmlExtractor with fields", () => {
  const run = (content: string): string => `<w:r>${content}</w:r>`;
  const mark = (kind: string): string => run(`<w:fldChar w:fldCharType="${kind}"/>`);
  const text = (content: string): string => run(`<w:instrText xml:space="preserve">${content}</w:instrText>`);
  const judge = (body: string): string[] =>
    names(`${HEAD}<w:document><w:body><w:p>${body}</w:p></w:body></w:document>`);

  test.each([
    ["in one piece", mark("begin") + text(' DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc"') + mark("end")],
    [
      "in pieces",
      mark("begin") + text("D") + text("D") + text("EAU") + text("TO c:\\\\a") + mark("separate") + mark("end"),
    ],
    ["in lower case", mark("begin") + text("dde &quot;c:\\\\cmd&quot;") + mark("end")],
    ["as simple field", '<w:fldSimple w:instr=" DDE cmd x"><w:r/></w:fldSimple>'],
    [
      "behind a name",
      `${mark("begin")}${text("SET c ")}${mark("begin")}${text("QUOTE 68 68 69 65 85 84 79")}${mark("end")}${mark("end")}${mark("begin")}${mark("begin")}${text("REF c")}${mark("end")}${text(" x")}${mark("end")}`,
    ],
    [
      "in numbers",
      `${mark("begin")}${mark("begin")}${text('QUOTE "68" 68 69')}${mark("end")}${text(" cmd")}${mark("end")}`,
    ],
    ["without an end", mark("begin") + text("DDEAUTO cmd")],
    ["in character data", mark("begin") + text("<![CDATA[DDE cmd]]>") + mark("end")],
  ])("finds a DDE field %s", (_name, body) => {
    expect(judge(body)).toEqual(["dde"]);
  });

  test.each([
    ["a table of contents", mark("begin") + text(' TOC \\o "1-3" ') + mark("separate") + mark("end")],
    ["a page number", '<w:fldSimple w:instr=" PAGE "/>'],
    ["a word that begins so", mark("begin") + text("DDENAME x") + mark("end")],
    ["text about it", run("<w:t>DDEAUTO cmd</w:t>")],
    ["a link to a sheet", mark("begin") + text(" LINK Excel.Sheet.12 C:\\\\a.xlsx Sheet1!R1C1 ") + mark("end")],
  ])("finds nothing in %s", (_name, body) => {
    expect(judge(body)).toEqual([]);
  });
});

describe("officeXmlExtractor with spreadsheets", () => {
  test.each([
    ['<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>', ["dde"]],
    ['<externalLink><ddeLink ddeService="MSEXCEL" ddeTopic="\\..\\cmd.exe /c calc"/></externalLink>', ["dde"]],
    ['<externalLink><ddeLink ddeService="reuter" ddeTopic="IDN"/></externalLink>', []],
    ["<Workbook><SupBook><Dde/><Path>cmd</Path><FormulaName>/c calc</FormulaName></SupBook></Workbook>", ["dde"]],
    [
      '<office:document-content><table:dde-source office:dde-application="cmd" office:dde-topic="/c"/></office:document-content>',
      ["dde"],
    ],
    ['<xm:macrosheet><c><f>ALERT("x")</f></c></xm:macrosheet>', ["macro-xl4"]],
    ['<xm:macrosheet><c><f>EXEC("calc")</f></c></xm:macrosheet>', ["macro-xl4", "macro-autorun"]],
    ["<worksheet><c><f>CALL(1)</f></c></worksheet>", []],
    ['<ax:ocx ax:classid="{EAB22AC3-30C1-11CF-A7EB-0000C05BAE0B}"/>', ["embedded-executable"]],
    ['<ax:ocx ax:classid="{8BD21D50-EC42-11CE-9E0D-00AA006002F3}"/>', []],
  ])("judges %s", (xml, expected) => {
    expect(names(HEAD + xml)).toEqual(expected);
  });
});

describe("officeXmlExtractor with OpenDocument files", () => {
  const listener = (event: string): string =>
    `<office:document-content><script:event-listener script:event-name="${event}" xlink:href="vnd.sun.star.script:Standard.M.x?language=Basic&amp;location=document"/></office:document-content>`;
  const basic = (source: string): string => `<script:module script:name="M">${source}</script:module>`;

  test("gives the source of a macro", () => {
    const { entries, heuristics } = extract(
      officeXmlExtractor,
      Buffer.from(HEAD + basic("Sub Main\nMsgBox &quot;a&quot;\nEnd Sub")),
    );
    expect(entries.map(({ bytes }) => bytes.toString())).toEqual(['Sub Main\nMsgBox "a"\nEnd Sub']);
    expect(heuristics).toEqual([["macro", ""]]);
  });

  test("tells macros that an event runs and that are dangerous", () => {
    const dangerous = basic("Sub x\nShell(&quot;calc&quot;)\nEnd Sub");
    const flat = `<office:document>opendocument${listener("dom:load")}${dangerous}</office:document>`;
    expect(names(HEAD + flat)).toEqual(["macro", "macro-autorun"]);
    expect(names(HEAD + flat.replace("dom:load", "form:performaction"))).toEqual(["macro"]);
    expect(names(HEAD + flat.replace("Shell(", "MsgBox("))).toEqual(["macro"]);
  });

  test("says that a file is encrypted", () => {
    const manifest =
      '<manifest:manifest><manifest:file-entry><manifest:encryption-data x="y"/></manifest:file-entry></manifest:manifest>';
    expect(extract(officeXmlExtractor, Buffer.from(HEAD + manifest)).reasons).toEqual(["encrypted: OpenDocument file"]);
    expect(extract(officeXmlExtractor, Buffer.from(`${HEAD}<manifest><uses-sdk/></manifest>`)).reasons).toEqual([]);
  });

  test("gives the octets of a flat file", () => {
    const data = Buffer.from("octets of a picture");
    const xml = `${HEAD}<office:document xmlns="opendocument"><office:binary-data>${data.toString("base64")}</office:binary-data></office:document>`;
    expect(extract(officeXmlExtractor, Buffer.from(xml)).entries.map(({ bytes }) => bytes.toString())).toEqual([
      data.toString(),
    ]);
  });
});

describe("activeMimeExtractor", () => {
  const content = Buffer.from("compound file ".repeat(50));
  const file = (offset: number, bytes: Buffer): Buffer => {
    const header = Buffer.alloc(50);
    header.write("ActiveMime");
    header.writeUInt16LE(offset, 30);
    return Buffer.concat([header, bytes]);
  };

  test("gives what is compressed, wherever the header says that it is", () => {
    for (const offset of [4, 0, 999]) {
      const { entries, reasons } = extract(activeMimeExtractor, file(offset, deflateSync(content)));
      expect(entries.map(({ bytes }) => bytes.equals(content))).toEqual([true]);
      expect(reasons).toEqual([]);
    }
  });

  test("names what it can not decode, and what is too much", () => {
    expect(extract(activeMimeExtractor, file(4, Buffer.alloc(100))).reasons).toEqual(["damaged: ActiveMime"]);
    const { reasons } = extract(activeMimeExtractor, file(4, deflateSync(content)), { limits: { archiveBytes: 100 } });
    expect(reasons).toEqual(["limit-bytes: ActiveMime"]);
  });
});

function names(xml: string): string[] {
  return [...new Set(extract(officeXmlExtractor, Buffer.from(xml)).heuristics.map(([name]) => name))];
}
