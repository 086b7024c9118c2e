import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cacheLimits } from "../../../../src/core/limits.ts";
import { scanLimits } from "../../../../src/core/scan-limits.ts";
import { walkMessage } from "../../../../src/mime/walk.ts";
import { Budget } from "../../../../src/scan/budget.ts";
import type { Content, Engine } from "../../../../src/scan/engine.ts";
import { createSignatureEngine } from "../../../../src/scan/engines/signatures/signature-engine.ts";
import { Findings } from "../../../../src/scan/findings.ts";
import { Inspection } from "../../../../src/scan/inspection.ts";
import type { ScanOptions } from "../../../../src/scan/judge.ts";
import { createScanner, type Scanner } from "../../../../src/scan/scanner.ts";
import { PartCache } from "../../../../src/scan/verdict-cache-parts.ts";
import { buildZip } from "../../../support/build-zip.ts";
import { eicar } from "../../../support/eicar.ts";
import { buildMail, mimeEvasions } from "../../../support/evasion.ts";
import { attachmentMail, type SampleAttachment, textMail } from "../../../support/sample-mail.ts";

const clock = { now: () => 0, monotonic: () => 0 };

describe("PartCache", () => {
  test("looks at a part twice, and then no more", () => {
    const { looks, look } = cacheOf();
    for (let round = 0; round < 5; round += 1) look({ bytes: noise(20_000) });
    expect(looks).toHaveLength(2);
  });

  test("looks again at the same octets under another name or type", () => {
    const { looks, look } = cacheOf();
    const bytes = noise(20_000);
    for (let round = 0; round < 3; round += 1) look({ bytes });
    look({ bytes, name: "other.exe" });
    look({ bytes, type: "application/pdf" });
    look({ bytes, charset: "utf-16" });
    look({ bytes, charset: "x", name: "y z" });
    look({ bytes, charset: "x y", name: "z" });
    expect(looks).toHaveLength(7);
  });

  test.each([
    ["too small", { bytes: noise(cacheLimits.partBytes - 1) }],
    ["text", { type: "text/html" }],
    ["not decoded", { origin: "text" }],
  ] as const)("always looks at what is %s", (_name, change) => {
    const { looks, look } = cacheOf();
    for (let round = 0; round < 4; round += 1) look({ bytes: noise(20_000), ...change });
    expect(looks).toHaveLength(4);
  });

  test("remembers a part of the smallest size", () => {
    const { looks, look } = cacheOf();
    for (let round = 0; round < 4; round += 1) look({ bytes: noise(cacheLimits.partBytes) });
    expect(looks).toHaveLength(2);
  });

  test("always looks at a part of which something was told", () => {
    const { looks, look, teller } = cacheOf();
    for (let round = 0; round < 4; round += 1) {
      look({ bytes: noise(20_000) }, () => {
        teller.told += 1;
      });
    }
    expect(looks).toHaveLength(4);
  });

  test("tells parts apart that look the same in the places that are looked at first", () => {
    const { looks, look } = cacheOf();
    const bytes = noise(64 * 1_024);
    for (let round = 0; round < 3; round += 1) look({ bytes });
    const other = Buffer.from(bytes);
    other[100] = (other[100] ?? 0) ^ 1;
    look({ bytes: other });
    expect(looks).toHaveLength(3);
  });

  test("charges what a part has cost, and looks again when that might be too much", () => {
    const { cache, content } = cacheOf();
    const spend = (budget: Budget) => (): void => {
      budget.takeOutput(600);
      budget.takeEntry();
    };
    for (let round = 0; round < 2; round += 1) {
      const budget = newBudget();
      cache.spare(content, budget, { told: 0 }, spend(budget));
    }
    const budget = newBudget({ messageArchiveBytes: 1_300 });
    const fail = (): never => {
      throw new Error("it has been looked at");
    };
    for (let round = 1; round <= 2; round += 1) {
      budget.beginPart();
      cache.spare(content, budget, { told: 0 }, fail);
      expect(budget.spent()).toMatchObject({ outputBytes: 600 * round, entries: round });
    }
    budget.beginPart();
    expect(() => cache.spare(content, budget, { told: 0 }, fail)).toThrow("it has been looked at");
    const few = newBudget({ entries: 0 });
    expect(() => cache.spare(content, few, { told: 0 }, fail)).toThrow("it has been looked at");
  });

  test("does not remember what has taken a message apart", () => {
    const { cache, content } = cacheOf();
    let looks = 0;
    for (let round = 0; round < 4; round += 1) {
      const budget = newBudget();
      cache.spare(content, budget, { told: 0 }, () => {
        looks += 1;
        budget.walks.parts -= 1;
      });
    }
    expect(looks).toBe(4);
  });

  test("does not remember what there was no time for", () => {
    const { cache, content } = cacheOf();
    let looks = 0;
    for (let round = 0; round < 4; round += 1) {
      const budget = newBudget({ timeMs: -1 });
      cache.spare(content, budget, { told: 0 }, () => {
        looks += 1;
        // As whoever leaves out the rest without a word.
        budget.isOutOfTime();
      });
    }
    cache.spare(content, newBudget(), { told: 0 }, () => {
      looks += 1;
    });
    expect(looks).toBe(5);
  });

  test("remembers no more than it may", () => {
    const { cache } = cacheOf();
    for (let index = 0; index < cacheLimits.parts + 10; index += 1) {
      const bytes = Buffer.alloc(cacheLimits.partBytes);
      bytes.writeUInt32LE(index, cacheLimits.partBytes - 4);
      for (let round = 0; round < 2; round += 1) cache.spare(contentOf(bytes), newBudget(), { told: 0 }, () => {});
    }
    expect(cache.size).toBe(cacheLimits.parts);
  });
});

test("Inspection tells of every piece that it looks at or not for what came before", () => {
  const budget = newBudget();
  const inspection = new Inspection({
    engines: [],
    extractors: [],
    budget,
    findings: new Findings(),
    isHeuristicOn: () => false,
    passwords: () => ({ words: [], isOfMessage: () => false }),
  });
  const { root } = walkMessage(textMail(), budget.walks);
  const place = { entity: root, part: "1", path: [], depth: 0 };
  const content = contentOf(noise(100));
  for (let round = 0; round < 2; round += 1) inspection.inspect(content, place);
  inspection.inspect({ ...content, origin: "entry" }, { ...place, depth: 1 });
  expect(inspection.told).toBe(0);
  const irregular = { ...place, entity: { ...root, isRegular: false } };
  for (let round = 1; round <= 3; round += 1) {
    inspection.inspect(content, irregular);
    expect(inspection.told).toBe(round);
  }
  inspection.inspect(content, { ...place, depth: 1 });
  expect(inspection.told).toBe(4);
});

describe("a scanner with a PartCache", () => {
  test("says the same as one without, whatever came before", () => {
    const message = fc.array(fc.constantFrom(...ATTACHMENTS), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), (messages) => {
        const cached = scannerOf(LIMITS, new PartCache());
        for (const attachments of messages) {
          const bytes = attachmentMail(attachments);
          const [expected, actual] = [scannerOf(LIMITS).scan(bytes), cached.scan(bytes)];
          expect(actual.verdict).toEqual(expected.verdict);
          expect(actual.remarks).toEqual(expected.remarks);
          expect(findingsOf(actual)).toEqual(findingsOf(expected));
        }
      }),
      { numRuns: 20 },
    );
  });

  test.each(mimeEvasions)("does not take for clean what was not looked at because of $name", ({ build }) => {
    const scanner = scannerOf(scanLimits, new PartCache());
    const hidden = build(LARGE_PAYLOAD);
    const expected = scannerOf(scanLimits).scan(hidden).verdict;
    for (let round = 0; round < 4; round += 1) expect(scanner.scan(hidden).verdict).toEqual(expected);
    expect(scanner.scan(PLAIN_MAIL).verdict).toEqual(PLAIN_VERDICT);
  });

  test("does not ask its engines about what is known", () => {
    const seen: number[] = [];
    const counting: Engine = {
      name: "counting",
      inspect: ({ bytes }) => {
        seen.push(bytes.length);
        return [];
      },
    };
    const scanner = scannerOf(scanLimits, new PartCache(), [counting]);
    const bytes = attachmentMail([{ name: "a.bin", content: noise(50_000) }]);
    for (let round = 0; round < 3; round += 1) scanner.scan(bytes);
    expect(seen.filter((length) => length === 50_000)).toHaveLength(2);
  });

  test("hands every piece to whoever collects them", () => {
    const scanner = createScanner({
      engines: [],
      options: scanLimits,
      clock,
      collects: true,
      partCache: new PartCache(),
    });
    const bytes = attachmentMail([{ name: "a.bin", content: noise(50_000) }]);
    const counts = [1, 2, 3].map(() => scanner.scan(bytes).pieces.length);
    expect(new Set(counts).size).toBe(1);
  });
});

/** Text that is large enough to be remembered. */
const LARGE_PAYLOAD = Buffer.concat([Buffer.from(noise(15_000).toString("hex")), eicar()]);
/** With the names and types of the techniques' own mails. */
const PLAIN_MAIL = buildMail({
  partFields: ['Content-Type: application/octet-stream; name="a.com"', "Content-Transfer-Encoding: base64"],
  body: LARGE_PAYLOAD.toString("base64"),
});
const PLAIN_VERDICT = scannerOf(scanLimits).scan(PLAIN_MAIL).verdict;

const LIMITS: ScanOptions = {
  ...scanLimits,
  archiveBytes: 120_000,
  messageArchiveBytes: 250_000,
  entries: 8,
  depth: 3,
};

/** Each comes again and again: clean ones that cost much, bad ones, and ones that reach a limit. */
const ATTACHMENTS: readonly SampleAttachment[] = [
  { name: "picture.bin", content: noise(30_000) },
  { name: "picture.exe", content: noise(30_000) },
  {
    name: "clean.zip",
    content: buildZip([1, 2, 3].map((seed) => ({ name: `${seed}.bin`, content: noise(25_000, seed) }))),
  },
  { name: "large.zip", content: buildZip([{ name: "large.bin", content: noise(110_000, 4) }]) },
  { name: "too-large.zip", content: buildZip([{ name: "larger.bin", content: noise(130_000, 5) }]) },
  { name: "zeros.gz", content: gzipSync(Buffer.concat([noise(20_000, 6), Buffer.alloc(60_000)])) },
  {
    name: "bad.zip",
    content: buildZip([
      { name: "x.bin", content: noise(20_000, 7) },
      { name: "e.com", content: eicar() },
    ]),
  },
  { name: "nested.zip", content: nest(buildZip([{ name: "x.bin", content: noise(20_000, 8) }]), 5) },
  { name: "cut.zip", content: buildZip([{ name: "x.bin", content: noise(40_000, 9) }]).subarray(0, 30_000) },
  { name: "mail.eml", content: textMail("a".repeat(20_000)), type: "message/rfc822" },
  { name: "mail.bin", content: Buffer.concat([textMail("b"), noise(20_000, 10)]) },
];

function nest(content: Buffer, depth: number): Buffer {
  return depth === 0 ? content : nest(buildZip([{ name: `${depth}.zip`, content, method: "store" }]), depth - 1);
}

function scannerOf(options: ScanOptions, partCache?: PartCache, engines: readonly Engine[] = []): Scanner {
  return createScanner({
    engines: [createSignatureEngine(), ...engines],
    options,
    clock,
    ...(partCache !== undefined && { partCache }),
  });
}

function findingsOf({ byEntity }: ReturnType<Scanner["scan"]>): unknown {
  return [...byEntity].map(([entity, findings]) => [entity.number, findings]);
}

function cacheOf() {
  const cache = new PartCache();
  const looks: Content[] = [];
  const teller = { told: 0 };
  const content = contentOf(noise(20_000));
  const look = (change: Partial<Content>, tell?: () => void): void => {
    const looked = { ...content, ...change };
    cache.spare(looked, newBudget(), teller, () => {
      looks.push(looked);
      tell?.();
    });
  };
  return { cache, looks, look, teller, content };
}

function contentOf(bytes: Buffer): Content {
  return { bytes, origin: "decoded", name: "a.bin", type: "application/octet-stream" };
}

function newBudget(options: Partial<ScanOptions> = {}): Budget {
  return new Budget({ ...scanLimits, ...options }, clock, 1_000_000);
}

/** Octets that do not compress, always the same. */
function noise(length: number, seed = 0): Buffer {
  const blocks: Buffer[] = [];
  for (let index = 0; index * 64 < length; index += 1) {
    blocks.push(createHash("sha512").update(`${seed}:${index}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}
