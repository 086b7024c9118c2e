import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WINDOW_BYTES } from "../../../../src/scan/search/needle-kernel.ts";
import { MIN_NOTICED_RUN, type Needle, NeedleSearch } from "../../../../src/scan/search/needle-search.ts";

const WORDS = [
  "PK\x03\x04",
  "obj",
  "=ybegin ",
  "\xbc\xaf'\x1c",
  "\xfd7zXZ\0",
  "\0\0\0",
  "%PDF-",
  "X5O",
  "\xff\xfe\xfd",
];
const TAGS = ["<script", "</script", "<![cdata["];
const NEEDLES: readonly Needle[] = [
  ...WORDS.map((word) => ({ octets: latin1(word) })),
  ...TAGS.map((tag) => ({ octets: latin1(tag), ignoresCase: true })),
];
const RUN = latin1("ABCDEFabcdef0123456789+/=\r\n");
const search = new NeedleSearch(NEEDLES, RUN);

describe("search()", () => {
  test("finds a needle at every place of a window, and across its end", () => {
    for (const offset of [
      0,
      1,
      13,
      14,
      15,
      16,
      17,
      WINDOW_BYTES - 4,
      WINDOW_BYTES - 2,
      WINDOW_BYTES - 1,
      WINDOW_BYTES,
    ]) {
      for (const [index, { octets }] of NEEDLES.entries()) {
        const content = Buffer.alloc(WINDOW_BYTES + 40, 0x2e);
        octets.copy(content, offset);
        expect([...(search.search(content)?.needles ?? [])], `${offset}`).toEqual([index]);
      }
    }
  });

  test("finds one that ends where the content ends, and none that is cut off there", () => {
    const content = latin1("..............</SCRIPT");
    expect([...(search.search(content)?.needles ?? [])]).toEqual([NEEDLES.length - 2]);
    expect(search.search(content.subarray(0, -1))?.needles.size).toBe(0);
    // What an earlier search has left in the window is no content.
    expect(search.search(latin1("</"))?.needles.size).toBe(0);
    expect(search.search(latin1("\0\0"))?.needles.size).toBe(0);
  });

  test("finds what a search for each of them finds, in any octets", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((octets) => Buffer.from(octets)),
      fc.constantFrom(...WORDS, ...TAGS).map(latin1),
      fc.constantFrom(...TAGS).map((tag) => latin1(tag.toUpperCase())),
      fc.constantFrom(...WORDS, ...TAGS).map((word) => latin1(word.slice(0, -1))),
      fc.nat(200).map((length) => Buffer.alloc(length, 0x41)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(WINDOW_BYTES), (pieces, lead) => {
        const content = Buffer.concat([Buffer.alloc(lead, 0x2e), ...pieces]);
        const found = search.search(content);
        expect([...(found?.needles ?? [])].sort((a, b) => a - b)).toEqual(foundOneByOne(content));
        expect(found?.hasRun === true || longestRun(content) < MIN_NOTICED_RUN).toBe(true);
      }),
    );
  });

  test("notices a run wherever it begins, and none in octets that have a foreign one in every sixteen", () => {
    for (let start = 0; start < 40; start += 1) {
      const content = Buffer.alloc(120, 0xe4);
      content.fill(0x41, start, start + MIN_NOTICED_RUN);
      expect(search.search(content)?.hasRun, `${start}`).toBe(true);
    }
    const interrupted = Buffer.alloc(WINDOW_BYTES * 2, 0x41).map((octet, place) => (place % 16 === 7 ? 0xe4 : octet));
    expect(search.search(Buffer.from(interrupted))?.hasRun).toBe(false);
  });

  test("takes exactly the given octets for a run", () => {
    for (let octet = 0; octet < 256; octet += 1) {
      expect(search.search(Buffer.alloc(64, octet))?.hasRun, `${octet}`).toBe(RUN.includes(octet));
    }
  });

  test("answers nothing when more places look like a needle than are worth a look", () => {
    expect(search.search(Buffer.from("obj".repeat(30_000)))).toBeUndefined();
    expect([...(search.search(Buffer.from("obj".repeat(1_000)))?.needles ?? [])]).toEqual([1]);
  });
});

function foundOneByOne(content: Buffer): number[] {
  const lower = latin1(content.toString("latin1").replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  return [...NEEDLES.keys()].filter((index) => {
    const { octets, ignoresCase } = NEEDLES[index] as Needle;
    return (ignoresCase === true ? lower : content).includes(octets);
  });
}

function longestRun(content: Buffer): number {
  let longest = 0;
  let run = 0;
  for (const octet of content) {
    run = RUN.includes(octet) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
