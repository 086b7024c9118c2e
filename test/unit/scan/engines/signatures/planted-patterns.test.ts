import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBody } from "../../../../../src/scan/decoded-body.ts";
import type { Origin } from "../../../../../src/scan/engine.ts";
import { compileTexts, inspectWith } from "../../../../support/signatures.ts";

const ALPHABET = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="].map((digit) =>
  digit.charCodeAt(0),
);

/** Octets of a pattern; undefined where any octet may be. */
type Codes = readonly (number | undefined)[];

describe("match()", () => {
  test("finds a pattern that is in base64 text as it stands, wherever that is", async () => {
    await expectFound(fc.constantFrom(...ALPHABET), (random) => linesOf(random).toString("latin1"), "encoded");
  });

  test("finds a pattern that is in binary content, wherever that is", async () => {
    await expectFound(fc.nat(255), (random) => random.toString("latin1"), "decoded");
  });
});

async function expectFound(octet: fc.Arbitrary<number>, contentOf: (random: Buffer) => string, origin: Origin) {
  const codes = fc
    .tuple(
      fc.array(octet, { minLength: 4, maxLength: 24 }),
      fc.array(fc.oneof({ weight: 5, arbitrary: octet }, fc.constant(undefined)), { maxLength: 12 }),
      fc.array(octet, { minLength: 2, maxLength: 4 }),
    )
    .map((pieces): Codes => pieces.flat());
  const random = fc
    .tuple(fc.nat(20_000), fc.integer({ min: 1, max: 2 ** 31 - 1 }))
    .map(([length, seed]) => noise(length, seed));
  await fc.assert(
    fc.asyncProperty(
      fc.array(codes, { minLength: 1, maxLength: 12 }),
      random,
      fc.nat(),
      async (patterns, octets, at) => {
        const lines = patterns.map((pattern, index) => `P${index}:0:*:${hexOf(pattern)}\n`);
        const signatures = await compileTexts({ "a.ndb": lines.join("") });
        expect(signatures.about.problems).toEqual([]);
        for (const [index, pattern] of patterns.entries()) {
          const text = contentOf(octets);
          const place = (at + index) % (text.length + 1);
          const bytes = latin1(text.slice(0, place) + textOf(pattern) + text.slice(place));
          if (origin === "encoded" && !isPlain(bytes)) continue;
          expect(inspectWith(signatures, { bytes, origin, name: "" }).names).toContain(`P${index}`);
        }
      },
    ),
    { numRuns: 60 },
  );
}

/** What is not plain base64 is looked at as text, with all patterns. */
function isPlain(body: Buffer): boolean {
  const content = { encodings: ["base64"] as const, type: "", typeTexts: [], fileName: "" };
  return decodeBody(content, body).origin === "encoded";
}

function linesOf(octets: Buffer): Buffer {
  return latin1(octets.toString("base64").replaceAll("=", "").replace(/.{76}/g, "$&\r\n"));
}

function hexOf(codes: Codes): string {
  return codes.map((code) => (code === undefined ? "??" : code.toString(16).padStart(2, "0"))).join("");
}

function textOf(codes: Codes): string {
  return latin1(String.fromCharCode(...codes.map((code) => code ?? 0x41))).toString("latin1");
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function noise(length: number, seed: number): Buffer {
  const octets = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    octets[index] = state >>> 24;
  }
  return octets;
}
