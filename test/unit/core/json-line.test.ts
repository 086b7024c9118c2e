import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonLine } from "../../../src/core/json-line.ts";

test("jsonLine() gives back every value when it is parsed", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
      expect(JSON.parse(jsonLine([value, text]))).toEqual(JSON.parse(JSON.stringify([value, text])));
    }),
  );
});

test("jsonLine() escapes what a terminal would act upon or hide", () => {
  const text = "a\u001b[31m\u009b\u202e\u200b\u2028\u{e0041}\ud800z żó€ 😀";
  expect(jsonLine(text)).toBe('"a\\u001b[31m\\u009b\\u202e\\u200b\\u2028\\udb40\\udc41\\ud800z żó€ 😀"');
});
