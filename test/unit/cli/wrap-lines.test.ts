import { describe, expect, test } from "vitest";
import { wrapLines } from "../../../src/cli/wrap-lines.ts";

describe("wrapLines()", () => {
  test("breaks long lines between words, below the last column of a row", () => {
    const text = "Options:\n  --one <x>  a few words that are too many for it\n  --two      few\n";
    expect(wrapLines(text, 45)).toBe(
      "Options:\n  --one <x>  a few words that are too many\n             for it\n  --two      few\n",
    );
  });

  test("breaks a line without columns a little further in, and leaves a long word whole", () => {
    expect(wrapLines("  one two three four", 12)).toBe("  one two\n    three\n    four");
    expect(wrapLines("https://example.org/a-long-address", 12)).toBe("https://example.org/a-long-address");
  });

  test("changes nothing without a width, or when everything fits", () => {
    const text = `${"word ".repeat(100)}\n`;
    expect(wrapLines(text, undefined)).toBe(text);
    expect(wrapLines("a  b\n\n", 4)).toBe("a  b\n\n");
  });

  test("ends for any width", () => {
    for (const columns of [0, 1, 2, 10]) {
      expect(wrapLines("    a  b  c and more", columns).replace(/\s+/g, " ").trim()).toBe("a b c and more");
    }
  });
});
