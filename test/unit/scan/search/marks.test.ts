import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSignatureEngine } from "../../../../src/scan/engines/signatures/signature-engine.ts";
import { embeddedArchives } from "../../../../src/scan/extractors/archives/archive-formats.ts";
import { findBase64Chains } from "../../../../src/scan/extractors/encodings/base64-chains.ts";
import { mayHoldYenc } from "../../../../src/scan/extractors/encodings/yenc.ts";
import { isMarkup } from "../../../../src/scan/extractors/html/identify-markup.ts";
import { pdfExtractor } from "../../../../src/scan/extractors/pdf/pdf.ts";
import { zipExtractor } from "../../../../src/scan/extractors/zip.ts";
import { type ContentMark, mayHold } from "../../../../src/scan/search/marks.ts";
import { eicar } from "../../../support/eicar.ts";

/** What holds the mark, and whether the one who asks for it sees that. */
const CASES: readonly { mark: ContentMark; content: Buffer; isSeen: (bytes: Buffer) => boolean }[] = [
  { mark: "zip", content: latin1("PK\x03\x04"), isSeen: (bytes) => zipExtractor.matches({ ...PIECE, bytes }) },
  { mark: "pdf", content: latin1("%PDF-"), isSeen: (bytes) => pdfExtractor.matches({ ...PIECE, bytes }) },
  {
    mark: "pdf-object",
    content: latin1("1 0 obj <<"),
    isSeen: (bytes) => pdfExtractor.matches({ ...PIECE, bytes }),
  },
  { mark: "yenc", content: latin1("=ybegin "), isSeen: mayHoldYenc },
  { mark: "7z", content: latin1("7z\xbc\xaf\x27\x1c"), isSeen: hasArchive },
  { mark: "rar", content: latin1("Rar!\x1a\x07\0"), isSeen: hasArchive },
  { mark: "rar", content: latin1("Rar!\x1a\x07\x01\0"), isSeen: hasArchive },
  { mark: "xz", content: latin1("\xfd7zXZ\0"), isSeen: hasArchive },
  { mark: "tag", content: latin1("<scRipt>"), isSeen: isMarkup },
  { mark: "tag", content: latin1("</HTML\n"), isSeen: isMarkup },
  { mark: "tag", content: latin1("<!DocType "), isSeen: isMarkup },
  { mark: "tag", content: latin1("<![CDATA["), isSeen: isMarkup },
  { mark: "eicar", content: eicar(), isSeen: hasEicar },
  { mark: "base64", content: latin1("\r\nTVqQAAMAAAAEAAAA//8AALgAAAAAAAAA\r\n"), isSeen: hasChain },
  { mark: "base64", content: latin1("\r\n> TVqQAAMAAAAE\r\n> AAAA//8AALgA\r\n> AAAAAAAA\r\n"), isSeen: hasChain },
];
const PIECE = { origin: "decoded", name: "" } as const;

describe("mayHold()", () => {
  test("says so of everything that is looked for, wherever it stands in large binary content", () => {
    const place = fc.oneof(
      fc.integer({ min: 100, max: NOISE.length - 100 }),
      fc.integer({ min: WINDOW - 90, max: WINDOW + 2 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...CASES), place, ({ mark, content, isSeen }, start) => {
        const bytes = Buffer.from(NOISE);
        content.copy(bytes, start);
        expect(mayHold(bytes, mark)).toBe(true);
        expect(isSeen(bytes)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("denies what is not there in large content", () => {
    for (const { mark, isSeen } of CASES) {
      expect(mayHold(NOISE, mark), mark).toBe(false);
      expect(isSeen(NOISE), mark).toBe(false);
    }
  });

  test("is true of short content, and of what is full of beginnings", () => {
    for (const { mark } of CASES) {
      expect(mayHold(Buffer.alloc(100), mark)).toBe(true);
      expect(mayHold(Buffer.from("<scrap".repeat(40_000)), mark)).toBe(true);
    }
  });
});

function hasArchive(bytes: Buffer): boolean {
  return embeddedArchives(bytes, 1).length > 0;
}

function hasChain(bytes: Buffer): boolean {
  return findBase64Chains(bytes, 1).length > 0;
}

function hasEicar(bytes: Buffer): boolean {
  return createSignatureEngine().inspect({ ...PIECE, bytes }).length > 0;
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** Without printable characters in a row, and with every octet. */
function noise(length: number): Buffer {
  const octets = Buffer.alloc(length);
  let state = 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    octets[index] = index % 3 === 0 ? 0x80 | (state >>> 24) : state >>> 24;
  }
  return octets;
}

const WINDOW = 65_536;
const NOISE = noise(3 * WINDOW + 77);
