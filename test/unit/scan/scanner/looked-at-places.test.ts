import { expect, test } from "vitest";
import { LookedAtPlaces } from "../../../../src/scan/looked-at-places.ts";

test("take() is true once for a place in memory, whatever is read from there", () => {
  const places = new LookedAtPlaces();
  const bytes = Buffer.from(new ArrayBuffer(20));
  expect(places.take(bytes.subarray(5, 10))).toBe(true);
  expect(places.take(bytes.subarray(5))).toBe(false);
  expect(places.take(bytes.subarray(6))).toBe(true);
  expect(places.take(Buffer.from(new ArrayBuffer(20)).subarray(5))).toBe(true);
  places.clear();
  expect(places.take(bytes.subarray(5))).toBe(true);
});
