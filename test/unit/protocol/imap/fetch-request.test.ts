import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromLatin1 } from "../../../../src/core/bytes.ts";
import { fetchPlan, parseFetchRequest } from "../../../../src/protocol/imap/fetch-request.ts";
import { buildWholeRequest } from "../../../../src/protocol/imap/translation.ts";

const parse = (text: string) => parseFetchRequest(fromLatin1(`${text}\r\n`), 0);

describe("fetchPlan()", () => {
  it.each([
    "1 FLAGS",
    "1:* (UID FLAGS)",
    "$ ALL",
    "*:1 full",
    "1 RFC822",
    "1 rfc822.header",
    "1 BODY[]",
    "1 BODY",
    "1 BODYSTRUCTURE",
    "1 (body.peek[] UID rfc822.size)",
    "1 BODY[HEADER]",
    "1,2,5:7 BODY.PEEK[HEADER.FIELDS (DATE FROM)]",
    '1 (UID BODY.PEEK[HEADER.FIELDS.NOT ("A]\\" b")])',
    "1 (FLAGS) (CHANGEDSINCE 12 VANISHED)",
    "1 FLAGS (CHANGEDSINCE 12)",
    '1 (ANNOTATION ("/a" ("value.priv" "(")) X-GM-MSGID MODSEQ)',
    "1 BINARY.SIZE[1.2]",
    "1 (  FLAGS   UID )",
    "1   FLAGS",
  ])("forwards %s", (text) => {
    const request = parse(text);
    expect(request && fetchPlan(request)).toBe("forward");
  });

  it.each([
    "1 BODY[TEXT]",
    "1 RFC822.TEXT",
    "1 body.peek[]<0.10>",
    "1 (FLAGS BODY[HEADER]<5.10>)",
    "1 (RFC822.HEADER BODY.PEEK[TEXT])",
    "1 (BODY[] BODY[TEXT]<0.1>)",
    "1 BODY[1]",
    "1 BODY[1.2.TEXT]",
    "1 body.peek[1.mime]",
    "1 BODY[HEADER.FIELDS (A)]<0.10>",
    "1 BODY[2.HEADER.FIELDS.NOT (A B)]",
    "1 BINARY[1]",
    "1 BINARY.PEEK[]",
    "1 BINARY.PEEK[2.1]<0.5>",
    "1 (UID PREVIEW)",
    "1 (PREVIEW (LAZY) BODY[1])",
    "1 (BODY[TEXT] BODY[1])",
  ])("translates %s", (text) => {
    const request = parse(text);
    expect(request && fetchPlan(request)).toBe("translate");
  });

  it("gives a lazy client no preview, and all the rest", () => {
    const request = parse("1 (PREVIEW (LAZY) UID)");
    expect(request && fetchPlan(request)).toBe("preview");
  });

  it.each([
    "1 BODY[0]",
    "1 BODY[1.]",
    "1 BODY[MIME]",
    "1 BODY[1.HEADER (A)]",
    "1 BODY[HEADER.FIELDS ()]",
    "1 BODY[ ]",
    "1 BODY[TEXT ]",
    "1 BODY.PEEK",
    "1 BINARY[1.TEXT]",
    "1 BINARY.PEEK[TEXT]",
    "1 BINARY",
    "1 BINARY.SIZE[1]<0.1>",
    "1 (PREVIEW (FAST) UID)",
    "1 SNIPPET (FUZZY)",
    "1 RFC822.PEEK",
    "1 RFC822.TEXT.PEEK",
    "1 X[1]",
  ])("refuses %s", (text) => {
    const request = parse(text);
    expect(request && fetchPlan(request)).toBe("refuse");
  });
});

describe("parseFetchRequest()", () => {
  it.each([
    "",
    "1",
    "1 ",
    "1 ()",
    "1 (",
    "1 (FLAGS",
    "1 (FLAGS UID",
    "x FLAGS",
    "1\tFLAGS",
    "1 BODY[",
    "1 BODY[]<0>",
    "1 BODY[]<0.0>",
    "1 BODY[]<-1.5>",
    "1 BODY[]<9007199254740991.1>",
    "1 BODY[]<99999999999999999.1>",
    "1 FLAGS<0.1>",
    "1 (FLAGS)(X)",
    "1 (FLAGSUID)BODY[1]",
    "1 FLAGS BODY[1]",
    "1 (FLAGS) BODY[1]",
    "1 (BODY[]BODY[1])",
    '1 BODY[HEADER.FIELDS ("A]',
    "1 FL\xe9GS",
    "1 FLAGS\0",
  ])("is undefined for %j", (text) => {
    expect(parse(text)).toBeUndefined();
  });

  it("knows sets, modifiers and what an item is called in the response", () => {
    expect(parse("1:5,7 (UID BODY.PEEK[text]<3.4> RFC822) (CHANGEDSINCE 2) ")).toEqual({
      sequenceSet: "1:5,7",
      items: [
        { type: "plain", text: "UID" },
        {
          type: "content",
          what: { type: "section", section: { path: [], what: "text", names: [] } },
          partial: { offset: 3, length: 4 },
          text: "BODY.PEEK[text]<3.4>",
          responseName: "BODY[TEXT]<3>",
          setsSeen: false,
        },
        {
          type: "content",
          what: { type: "section", section: { path: [], what: "all", names: [] } },
          partial: undefined,
          text: "RFC822",
          responseName: "RFC822",
          setsSeen: true,
        },
      ],
      modifiers: " (CHANGEDSINCE 2)",
    });
  });

  it("never throws, and takes linear time", () => {
    for (const hostile of ["1 BODY[HEADER.FIELDS (", "1 (", "1 BODY[", "1 (A (", '1 BODY["', "1 ", "1 A("]) {
      for (const filler of ["A ", "(", '"', "\\", "1:", "]", "<", " ", '" "']) {
        const began = performance.now();
        parse(hostile + filler.repeat(300_000));
        expect(performance.now() - began).toBeLessThan(5_000);
      }
    }
  });

  it("translates whatever it parses into what parses as a FETCH of the whole message", () => {
    const item = fc.constantFrom(
      "UID",
      "FLAGS",
      "BODY[TEXT]",
      "BODY.PEEK[]<0.9>",
      "RFC822.TEXT",
      "BODY.PEEK[HEADER.FIELDS (A)]",
    );
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 6 }), fc.boolean(), (items, isUid) => {
        const request = parse(`1:2 (${items.join(" ")}) (CHANGEDSINCE 1)`);
        expect(request).toBeDefined();
        if (request === undefined || fetchPlan(request) !== "translate") return;
        const built = buildWholeRequest("a", isUid, request).toString();
        const again = parse(built.slice(isUid ? "a UID FETCH ".length : "a FETCH ".length, -2));
        expect(again && fetchPlan(again)).toBe("forward");
        expect(again?.modifiers).toBe(" (CHANGEDSINCE 1)");
        const setsSeen = items.includes("BODY[TEXT]") || items.includes("RFC822.TEXT");
        expect(
          built.includes(setsSeen ? " BODY[])" : "BODY.PEEK[])") ||
            built.includes(setsSeen ? "(BODY[])" : "(BODY.PEEK[])"),
        ).toBe(true);
      }),
    );
  });
});
