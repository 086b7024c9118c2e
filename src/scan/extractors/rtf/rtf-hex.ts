/** The octets that RTF writes in hexadecimal digits. Word skips what is no digit, but what it skips (groups, control
 *  words, escaped characters in the middle of a digit pair) differs between its versions and nobody else agrees with
 *  any: all readings are given. */
import { hash } from "node:crypto";
import { RtfTokens } from "./rtf-tokens.ts";

interface Policy {
  /** Groups inside: all of them, none, or those that do not begin with an ignorable destination. */
  readonly nested: "all" | "known" | "none";
  /** A half pair is dropped at a control word or escaped character. */
  readonly resets: boolean;
  /** Octets after `\bin` belong to the data; otherwise the mark is nothing and they are digits too. */
  readonly raw: boolean;
}

/** The different readings of octets [start, end) as hexadecimal data, the likeliest first. `mayRead` is asked before the
 *  octets are gone through once more. */
export function* readHex(
  bytes: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
  mayRead: () => boolean,
): Generator<Buffer> {
  // Digests of the readings rather than the readings, which may be large.
  const known = new Set<string>();
  for (const policy of POLICIES) {
    if (!mayRead()) return;
    const { data, isAmbiguous } = decode(bytes, start, end, policy);
    const digest = isAmbiguous ? hash("sha256", data) : "";
    if (data.length > 0 && !known.has(digest)) yield data;
    if (!isAmbiguous) return;
    known.add(digest);
  }
}

function decode(bytes: Buffer, start: number, end: number, policy: Policy): { data: Buffer; isAmbiguous: boolean } {
  const decoder = new HexDecoder(bytes, Math.max(0, end - start));
  const tokens = new RtfTokens(bytes, start, end);
  const groups = new GroupFilter(policy.nested);
  let isAmbiguous = false;
  while (tokens.next()) {
    const { kind } = tokens;
    if (kind !== "text" && kind !== "close") isAmbiguous ||= decoder.hasDigits;
    if (!groups.admits(tokens)) continue;
    if (kind === "text" || (kind === "raw" && !policy.raw)) decoder.digits(tokens.start, tokens.end);
    else if (kind === "raw") decoder.raw(tokens.start, tokens.end);
    else if (policy.resets) decoder.reset();
  }
  return { data: decoder.finish(), isAmbiguous };
}

/** Knows which groups inside the data are left out. */
class GroupFilter {
  readonly #nested: Policy["nested"];
  #depth = 0;
  /** Depth of the outermost group that is left out; 0 for none. */
  #skipped = 0;
  #isGroupStart = false;

  constructor(nested: Policy["nested"]) {
    this.#nested = nested;
  }

  /** Whether the token may have to do with the data. */
  admits({ kind, parameter }: RtfTokens): boolean {
    const isGroupStart = this.#isGroupStart;
    this.#isGroupStart = kind === "open";
    if (kind === "open") {
      this.#depth += 1;
      if (this.#nested === "none") this.#skip();
      return false;
    }
    if (kind === "close") {
      if (this.#depth === this.#skipped) this.#skipped = 0;
      if (this.#depth > 0) this.#depth -= 1;
      return false;
    }
    // "\*" says that whoever does not know the next word leaves the group out.
    if (kind === "symbol" && isGroupStart && parameter === ASTERISK && this.#nested === "known") this.#skip();
    return this.#skipped === 0;
  }

  #skip(): void {
    if (this.#skipped === 0) this.#skipped = this.#depth;
  }
}

class HexDecoder {
  hasDigits = false;
  readonly #bytes: Buffer;
  readonly #output: Buffer;
  #length = 0;
  #half = -1;

  constructor(bytes: Buffer, maxBytes: number) {
    this.#bytes = bytes;
    this.#output = Buffer.allocUnsafe(maxBytes);
  }

  digits(start: number, end: number): void {
    const bytes = this.#bytes;
    const output = this.#output;
    let length = this.#length;
    let half = this.#half;
    for (let index = start; index < end; index += 1) {
      const value = DIGIT_VALUES[bytes[index] ?? 0] ?? -1;
      if (value < 0) continue;
      if (half < 0) {
        half = value;
        continue;
      }
      output[length] = (half << 4) | value;
      length += 1;
      half = -1;
    }
    this.#length = length;
    this.#half = half;
    this.hasDigits ||= length > 0 || half >= 0;
  }

  raw(start: number, end: number): void {
    this.#half = -1;
    this.#bytes.copy(this.#output, this.#length, start, end);
    this.#length += end - start;
    this.hasDigits = true;
  }

  reset(): void {
    this.#half = -1;
  }

  finish(): Buffer {
    return this.#output.subarray(0, this.#length);
  }
}

const POLICIES: readonly Policy[] = [
  { nested: "known", resets: false, raw: true },
  { nested: "known", resets: true, raw: true },
  { nested: "all", resets: false, raw: true },
  { nested: "all", resets: true, raw: true },
  { nested: "none", resets: false, raw: true },
  { nested: "none", resets: true, raw: true },
  { nested: "all", resets: false, raw: false },
];
const ASTERISK = 0x2a;
/** By octet; -1 for what is no digit. */
const DIGIT_VALUES = Int8Array.from({ length: 256 }, (_, octet) => {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
});
