import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { baseName, joinPath, octetPath, parentPath, shownPath, systemPath } from "../../../src/mailbox/octet-path.ts";

describe("shownPath()", () => {
  test("gives every text back that octetPath() took", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(shownPath(octetPath(text))).toBe(text);
      }),
    );
  });

  test("shows octets that are no UTF-8 and everything around them", () => {
    const octets = Buffer.concat([Buffer.from("żó/"), Buffer.from([0x63, 0xe9, 0xff]), Buffer.from("€.eml")]);
    expect(shownPath(octets.toString("latin1"))).toBe("żó/c\\xe9\\xff€.eml");
  });
});

describe("systemPath()", () => {
  test("gives every octet back", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        expect(systemPath(Buffer.from(octets).toString("latin1"))).toEqual(Buffer.from(octets));
      }),
    );
  });
});

test.each([
  ["a", ".", "a"],
  ["a/b", "a", "b"],
  ["/a", "/", "a"],
  ["/a/b//", "/a", "b"],
  ["./", ".", "."],
])("parentPath() and baseName() split %j", (path, parent, base) => {
  expect([parentPath(path), baseName(path)]).toEqual([parent, base]);
});

test("joinPath() puts one slash between", () => {
  expect([joinPath("a", "b"), joinPath("a/", "b"), joinPath("/", "b")]).toEqual(["a/b", "a/b", "/b"]);
});
