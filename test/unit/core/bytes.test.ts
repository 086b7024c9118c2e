import { describe, expect, test } from "vitest";
import { utf16 } from "../../../src/core/bytes.ts";

describe("utf16()", () => {
  const octets = Buffer.from("xäöü€z", "utf16le");

  test("reads characters of two octets", () => {
    expect(utf16(octets)).toBe("xäöü€z");
    expect(utf16(octets, 2, 6)).toBe("äö");
    expect(utf16(octets, 2, 1_000)).toBe("äöü€z");
  });

  test("leaves out an odd octet at the end, wherever the octets are", () => {
    const odd = Buffer.concat([Buffer.alloc(1), octets]).subarray(1, 10);
    expect(utf16(odd)).toBe("xäöü");
    expect(utf16(octets, 0, 3)).toBe("x");
    expect(utf16(octets, 1, 2)).toBe("");
  });

  test("is empty when there is nothing", () => {
    expect(utf16(octets, 5, 5)).toBe("");
    expect(utf16(octets, 9, 3)).toBe("");
    expect(utf16(octets, 100, 200)).toBe("");
    expect(utf16(Buffer.alloc(0))).toBe("");
  });
});
