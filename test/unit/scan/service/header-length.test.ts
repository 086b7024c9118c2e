import fc from "fast-check";
import { expect, test } from "vitest";
import { headerLength } from "../../../../src/scan/header-length.ts";

test.each([
  ["A: b\r\n\r\nbody", 8],
  ["A: b\n\nbody", 6],
  ["A: b\r\n\nbody", 7],
  ["A: b\n\r\nbody", 7],
  ["\r\nbody", 2],
  ["\nbody", 1],
  ["A: b\r\n \r\nC: d\r\n\r\n", 17],
  ["A: b\r\n\rC: d\r\n\r\n", 15],
  ["A: b\r\n\r\r\nC\n\n", 9],
  ["A: b\r\r\r", 7],
  ["A: b\r\n", 6],
  ["", 0],
])("headerLength() of %j is %i", async (text, expected) => {
  expect(await lengthOf([text])).toBe(expected);
});

test("headerLength() does not depend on the chunks", async () => {
  const texts = fc.array(fc.constantFrom("\r", "\n", "\r\n", "a", "b: c", " "), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(texts, async (parts) => {
      const whole = parts.join("");
      const expected = /^(?:[^\n]*[^\n\r][^\n]*\n)*\r*\n/.exec(whole)?.[0].length ?? whole.length;
      expect(await lengthOf([whole])).toBe(expected);
      expect(await lengthOf([...whole])).toBe(expected);
      expect(await lengthOf(parts)).toBe(expected);
    }),
  );
});

function lengthOf(parts: readonly string[]): Promise<number> {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  return headerLength({
    bytes,
    async *chunks() {
      for (const part of parts) yield Buffer.from(part, "latin1");
    },
  });
}
