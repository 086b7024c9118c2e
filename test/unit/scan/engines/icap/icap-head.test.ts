import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { icapFindings } from "../../../../../src/scan/engines/icap/icap-findings.ts";
import { listOf, parseEncapsulated, parseIcapHead } from "../../../../../src/scan/engines/icap/icap-head.ts";

describe("parseIcapHead()", () => {
  test("reads status and fields, folded ones too", () => {
    const lines = [
      "ICAP/1.0 200 OK then",
      "ISTag: x",
      "X-Violations-Found: 1",
      "\tfile",
      " Name",
      "\t0",
      "\t2",
      "A : b",
    ];
    const { status, words, fields } = parseIcapHead(Buffer.from(lines.join("\r\n")));
    expect([status, words]).toEqual([200, "OK then"]);
    expect(fields.get("istag")).toBe("x");
    expect(fields.get("x-violations-found")).toBe("1\nfile\nName\n0\n2");
    expect(fields.get("a")).toBe("b");
  });

  test.each(["", "HTTP/1.1 200 OK", "ICAP/1.0 20 OK", "ICAP/2.0 200 OK", "ICAP/1.0 2000"])("refuses %j", (text) => {
    expect(() => parseIcapHead(Buffer.from(text))).toThrow("no ICAP");
  });

  test("throws nothing but errors, whatever comes", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const head of [text, `ICAP/1.0 200 OK\r\n${text}`]) {
          try {
            icapFindings(parseIcapHead(Buffer.from(head)).fields);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        }
      }),
    );
  });
});

describe("parseEncapsulated()", () => {
  test("tells where the body begins and whether a response is in it", () => {
    expect(parseEncapsulated("req-hdr=0, res-hdr=45, res-body=100", 1_000)).toEqual({
      headerBytes: 100,
      hasBody: true,
      hasResponse: true,
      responseStart: 45,
    });
    expect(parseEncapsulated("req-hdr=0, null-body=45", 1_000)).toMatchObject({ headerBytes: 45, hasBody: false });
    expect(parseEncapsulated(undefined, 0)).toMatchObject({ headerBytes: 0, hasBody: false, hasResponse: false });
  });

  test.each(["res-body=1001", "res-hdr=10, res-body=5", "res-hdr=-1", "res-hdr=99999999999", "foo=1", "res-hdr", ""])(
    "refuses %j",
    (value) => {
      expect(() => parseEncapsulated(value, 1_000)).toThrow("Encapsulated");
    },
  );
});

describe("icapFindings()", () => {
  test.each([
    [{ "x-infection-found": "Type=0; Resolution=2; Threat=Some.Name;" }, [["Some.Name", "malware"]]],
    [{ "x-infection-found": "Type=1; Resolution=2; Threat=A policy;" }, [["A policy", "policy"]]],
    [{ "x-infection-found": "nonsense" }, [["unnamed", "malware"]]],
    [{ "x-virus-id": "Some.Name" }, [["Some.Name", "malware"]]],
    [{ "x-virus-id": "no threats" }, []],
    [
      { "x-violations-found": "2\na.zip\nOne\n0\n2\nb.zip\nTwo\n0\n2" },
      [
        ["One", "malware"],
        ["Two", "malware"],
      ],
    ],
    [
      { "x-infection-found": "Type=1; Threat=One;", "x-violations-found": "1\n-\nOne\n0\n0", "x-virus-id": "One" },
      [["One", "policy"]],
    ],
    [{ "x-virus-id": "", istag: "x" }, [["", "malware"]]],
    [{}, []],
  ])("reads %j", (fields, expected) => {
    const found = icapFindings(new Map(Object.entries(fields).filter(([, value]) => value !== undefined)));
    expect(found.map(({ name, kind }) => [name, kind])).toEqual(expected);
  });
});

test("listOf() reads lists whatever their separators", () => {
  expect(listOf("RESPMOD, REQMOD")).toEqual(["respmod", "reqmod"]);
  expect(listOf(undefined)).toEqual([]);
});
