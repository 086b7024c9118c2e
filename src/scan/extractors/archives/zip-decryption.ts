/** Opens encrypted members of zip archives with words that may be the password. */
import { passwordLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";
import { inflateRaw } from "../inflate.ts";
import type { ZipFields } from "../zip-records.ts";
import { decipherZipAes, readZipAes, type ZipAes } from "./zip-aes.ts";
import { ZIP_CRYPTO_HEADER_BYTES, ZipCrypto } from "./zip-crypto.ts";
import { DEFLATED, type Unpacked, type ZipUnpacker } from "./zip-unpack.ts";

export interface EncryptedMember {
  /** Octets that begin with the member's data. */
  readonly bytes: Buffer;
  readonly lengths: readonly number[];
  readonly headers: readonly ZipFields[];
}

/** `password` is set when what was unpacked is proven; else the readings are those that a password might give. */
export interface Decrypted {
  readonly password: string | undefined;
  readonly readings: readonly Unpacked[];
}

export class ZipDecryption {
  readonly #unpacker: ZipUnpacker;
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  #failures = 0;

  constructor(unpacker: ZipUnpacker, sink: ExtractorSink, budget: Budget) {
    this.#unpacker = unpacker;
    this.#sink = sink;
    this.#budget = budget;
  }

  open(member: EncryptedMember): Decrypted {
    const unproven: Unpacked[] = [];
    for (const password of this.#words()) {
      if (this.#budget.isOutOfTime()) break;
      for (const octets of octetsOf(password)) {
        const { readings, isProven } = this.#try(member, octets);
        if (isProven) {
          this.#budget.passwords.remember(password);
          return { password, readings };
        }
        if (unproven.length < MAX_UNPROVEN) unproven.push(...readings);
      }
    }
    this.#failures += 1;
    return { password: undefined, readings: unproven };
  }

  /** All words for the first members; when they fail, only what has opened something else. */
  #words(): Iterable<string> {
    const { passwords } = this.#budget;
    return this.#failures >= passwordLimits.members ? passwords.found : passwords.inOrder(this.#sink.passwords());
  }

  #try(member: EncryptedMember, password: Buffer): { readings: readonly Unpacked[]; isProven: boolean } {
    const unproven: Unpacked[] = [];
    for (const length of member.lengths) {
      const data = member.bytes.subarray(0, length);
      for (const aes of aesReadings(member.headers)) {
        const opened = aes === undefined ? this.#traditional(member, data, password) : this.#aes(data, aes, password);
        if (opened === undefined || !this.#take(data.length / BYTES_PER_COST)) continue;
        const methods = aes === undefined ? new Set(member.headers.map(({ method }) => method)) : new Set([aes.method]);
        const lengths = [opened.bytes.length];
        const readings = this.#unpacker.unpack({ bytes: opened.bytes, lengths, headers: member.headers, methods });
        const proven = readings.filter((reading) => reading.isProven || opened.isProven);
        if (proven.length > 0) return { readings: proven, isProven: true };
        unproven.push(...readings.filter(({ problem }) => problem !== "damaged"));
      }
    }
    return { readings: unproven, isProven: false };
  }

  #aes(data: Buffer, aes: ZipAes, password: Buffer): { bytes: Buffer; isProven: boolean } | undefined {
    return this.#take(passwordLimits.zipAesCost) ? decipherZipAes(data, aes, password) : undefined;
  }

  /** The last octet of the header is that of the checksum or, with a data descriptor, of the time. */
  #traditional(
    member: EncryptedMember,
    data: Buffer,
    password: Buffer,
  ): { bytes: Buffer; isProven: boolean } | undefined {
    if (data.length < ZIP_CRYPTO_HEADER_BYTES || !this.#take(passwordLimits.zipCryptoCost)) return undefined;
    const cipher = new ZipCrypto(password);
    const check = cipher.decipher(data.subarray(0, ZIP_CRYPTO_HEADER_BYTES))[ZIP_CRYPTO_HEADER_BYTES - 1];
    if (!member.headers.some(({ crc, time }) => check === crc >>> 24 || check === time >>> 8)) return undefined;
    const content = data.subarray(ZIP_CRYPTO_HEADER_BYTES);
    // One wrong password in a hundred gets so far; the first octets tell most of them.
    const start = cipher.decipher(content.subarray(0, PROBE_BYTES));
    const isDeflated = member.headers.every(({ method }) => method === DEFLATED);
    if (isDeflated && inflateRaw(start, PROBE_BYTES * 64).end === "damaged") return undefined;
    return { bytes: Buffer.concat([start, cipher.decipher(content.subarray(PROBE_BYTES))]), isProven: false };
  }

  #take(cost: number): boolean {
    return this.#budget.passwords.take(cost);
  }
}

/** AES as the extra fields say; undefined for the traditional encryption, which is tried where a header does not say
 *  AES. */
function aesReadings(headers: readonly ZipFields[]): (ZipAes | undefined)[] {
  const found = headers.map(({ method, extra }) => (method === AES_METHOD ? readZipAes(extra) : undefined));
  return [...new Map(found.map((aes) => [`${aes?.method} ${aes?.keyBytes}`, aes])).values()];
}

/** A password is octets; programs differ on which. */
function octetsOf(password: string): Buffer[] {
  const utf8 = Buffer.from(password, "utf8");
  const isLatin = [...password].every((character) => character.charCodeAt(0) < 256);
  return utf8.length === password.length || !isLatin ? [utf8] : [utf8, Buffer.from(password, "latin1")];
}

export const AES_METHOD = 99;
const MAX_UNPROVEN = 4;
const PROBE_BYTES = 1024;
/** Octets that are deciphered and unpacked in a millisecond. */
const BYTES_PER_COST = 100_000;
