import { expect, test } from "vitest";
import { encodeReady, parseReady } from "../../../../src/scan/service-ready.ts";

const READY = { identity: "ab".repeat(32), databases: "cd".repeat(32), signatures: 5 };

test("parseReady() gives back what encodeReady() was given", () => {
  expect(parseReady(Buffer.from(encodeReady(READY)))).toEqual(READY);
});

test.each([
  ["nothing", ""],
  ["no JSON", "ready"],
  ["no identity", JSON.stringify({ ...READY, identity: undefined })],
  ["an identity that is no digest", JSON.stringify({ ...READY, identity: "../x" })],
  ["an endless identity", JSON.stringify({ ...READY, identity: "a".repeat(129) })],
  ["databases that are none", JSON.stringify({ ...READY, databases: 1 })],
  ["less than no signatures", JSON.stringify({ ...READY, signatures: -1 })],
  ["half a signature", JSON.stringify({ ...READY, signatures: 0.5 })],
])("parseReady() refuses %s", (_name, text) => {
  expect(parseReady(Buffer.from(text))).toBeUndefined();
});
