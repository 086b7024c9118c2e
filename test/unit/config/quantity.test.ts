import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DURATION, formatQuantity, parseQuantity, SIZE } from "../../../src/config/quantity.ts";

function sizeOf(input: number | string): number | string {
  const parsed = parseQuantity(input, SIZE);
  return parsed.type === "ok" ? parsed.value : parsed.problem;
}

function msOf(input: number | string): number | string {
  const parsed = parseQuantity(input, DURATION);
  return parsed.type === "ok" ? parsed.value : parsed.problem;
}

describe("parseQuantity()", () => {
  test("reads sizes, all units being binary", () => {
    expect(sizeOf(31_457_280)).toBe(31_457_280);
    expect(sizeOf("31457280")).toBe(31_457_280);
    for (const text of ["30 MB", "30MB", "30 mib", "30M", " 30 MiB "])
      expect([text, sizeOf(text)]).toEqual([text, 31_457_280]);
    expect(sizeOf("1.5 KiB")).toBe(1536);
    expect(sizeOf("1 GiB")).toBe(1_073_741_824);
    expect(sizeOf("12 B")).toBe(12);
    expect(sizeOf(0)).toBe(0);
  });

  test("reads times", () => {
    expect(msOf(1500)).toBe(1500);
    expect(msOf("1500")).toBe(1500);
    expect(msOf("120 s")).toBe(120_000);
    expect(msOf("2 min")).toBe(120_000);
    expect(msOf("0.5 s")).toBe(500);
    expect(msOf("1h")).toBe(3_600_000);
    expect(msOf("250ms")).toBe(250);
  });

  test.each([
    "",
    "MB",
    "-1",
    "-1 MB",
    "1e9",
    "0x10",
    "30 XB",
    "30 MB MB",
    "1,5 MB",
    "Infinity",
    "99999999999999999 TB",
  ])("refuses %j as a size", (text) => {
    expect(sizeOf(text)).toBeTypeOf("string");
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 53])("refuses the number %d", (value) => {
    expect(sizeOf(value)).toBe("not a whole number of bytes");
  });

  test("a minute is not a month: m is no unit of time", () => {
    expect(msOf("5 m")).toBe('"m" is no unit of time');
  });
});

describe("formatQuantity()", () => {
  test("is read back as the same quantity", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom(SIZE, DURATION), (value, units) => {
        expect(parseQuantity(formatQuantity(value, units), units)).toEqual({ type: "ok", value });
      }),
    );
  });

  test("uses the largest unit without a fraction", () => {
    expect(formatQuantity(31_457_280, SIZE)).toBe("30 MiB");
    expect(formatQuantity(1500, SIZE)).toBe("1500 B");
    expect(formatQuantity(120_000, DURATION)).toBe("2 min");
    expect(formatQuantity(90_000, DURATION)).toBe("90 s");
    expect(formatQuantity(0, DURATION)).toBe("0 ms");
  });
});
