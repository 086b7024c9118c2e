import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allReadings, boundaryReadings } from "../../../src/mime/boundary-readings.ts";

describe("boundaryReadings()", () => {
  test.each([
    ["multipart/mixed; boundary=abc", "abc"],
    ['multipart/mixed;\tcharset=x; boundary="abc"', "abc"],
    ['multipart/related; type="text/html"; boundary="----=_Part_1.2"; start="<a@example.org>"', "----=_Part_1.2"],
    ["Multipart/Mixed ;BOUNDARY=a=b;", "a=b"],
  ])("takes one boundary from %j", (text, boundary) => {
    expect(boundaryReadings([text])).toEqual({ usual: [boundary], all: [boundary], isCut: false });
  });

  test("takes none where there is none", () => {
    expect(boundaryReadings([])).toEqual({ usual: [], all: [], isCut: false });
    expect(boundaryReadings(["text/plain; charset=us-ascii"])).toEqual({ usual: [], all: [], isCut: false });
  });

  test.each([
    ['multipart/mixed; boundary="a b"'],
    ['multipart/mixed; boundary="a\\b"'],
    ["multipart/mixed; boundary=a; boundary=b"],
    ["multipart/mixed; boundary*0=a; boundary*1=b"],
    ['multipart/mixed; boundary="=?us-ascii?q?a?="'],
    ["multipart/mixed; boundary=a (b)"],
    ['multipart/mixed; x="boundary=b"; boundary=a'],
    ["multipart/mixed; boundary=a b"],
    [`multipart/mixed; boundary=${"a".repeat(71)}`],
  ])("takes more than one from %j", (text) => {
    expect(boundaryReadings([text]).all.length).toBeGreaterThan(1);
  });

  test("takes from every value what is taken of the most doubtful ones", () => {
    let single = 0;
    fc.assert(
      fc.property(fc.array(values(), { maxLength: 2 }), (texts) => {
        expect(boundaryReadings(texts)).toEqual(allReadings(texts));
        if (boundaryReadings(texts).all.length === 1) single += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(single).toBeGreaterThan(50);
  });
});

/** Mostly orderly values, some of which are spoilt. */
function values(): fc.Arbitrary<string> {
  const parameter = fc.constantFrom(
    "boundary=abc",
    'boundary="a=b"',
    "Boundary=----=_x",
    "charset=utf-8",
    'type="text/html"',
    'start="<a@example.org>"',
    'boundary=""',
    "boundary=",
    "boundary*=us-ascii''a%62",
    "boundary*0=a",
    "xboundary=b",
    "boundary",
    'boundary="a;b"',
    'name="boundary=x"',
    'boundary=a"b',
    "boundary=a?b",
  );
  const separator = fc.constantFrom("; ", ";", " ; ", ";\t", ";  ", ";;", "");
  const spoilt = fc.constantFrom('"', "\\", "(", ")", "\0", " ", "=?us-ascii?q?x?=", "\xa0", ",", "%41", "'");
  return fc
    .tuple(
      fc.constantFrom("multipart/mixed", "text/plain", "Multipart/X-Y", "multipart", ""),
      fc.array(
        fc.tuple(separator, parameter, fc.option(spoilt, { freq: 8, nil: "" })).map((parts) => parts.join("")),
        { maxLength: 4 },
      ),
      fc.constantFrom("", ";", " ", "; "),
    )
    .map(([type, parameters, end]) => `${type}${parameters.join("")}${end}`);
}
