/** Signatures of what containers hold, as numbers in few arrays; see `PatternTables`. */
import type { ContainerSignature } from "./container-line.ts";
import { type Growable, growableNumbers, growableOctets } from "./growable.ts";

export interface ContainerTables {
  /** Records of `CONTAINER.NUMBERS` numbers. */
  readonly signatures: Int32Array;
  readonly regexCode: Int32Array;
  readonly regexSets: Uint8Array;
}

/** What stands where in a record. */
export const CONTAINER = {
  NAME_TEXT: 0,
  NAME_NUMBER: 1,
  /** A file type, or -1 for any. */
  TYPE: 2,
  /** -1 when it is of no matter; as for the other size. */
  CONTAINER_MIN: 3,
  CONTAINER_MAX: 4,
  SIZE_MIN: 5,
  SIZE_MAX: 6,
  HAS_CRC: 7,
  CRC: 8,
  CODE: 9,
  CODE_LENGTH: 10,
  SETS: 11,
  SETS_LENGTH: 12,
  NUMBERS: 13,
} as const;

export class ContainerTableBuilder {
  readonly #signatures: Growable<Int32Array> = growableNumbers();
  readonly #regexCode: Growable<Int32Array> = growableNumbers();
  readonly #regexSets: Growable<Uint8Array> = growableOctets();

  add(signature: ContainerSignature, nameText: number, nameNumber: number): void {
    const { container, containerSize, fileName, size, crc } = signature;
    const code = this.#regexCode.length;
    const sets = this.#regexSets.length;
    for (const number of fileName?.code ?? []) this.#regexCode.add(number);
    if (fileName !== undefined) this.#regexSets.addOctets(fileName.sets, 0, fileName.sets.length);
    this.#signatures.push(
      nameText,
      nameNumber,
      container,
      containerSize?.min ?? -1,
      containerSize?.max ?? -1,
      size?.min ?? -1,
      size?.max ?? -1,
      crc === undefined ? 0 : 1,
      crc ?? 0,
      code,
      this.#regexCode.length - code,
      sets,
      this.#regexSets.length - sets,
    );
  }

  build(isIgnored: (text: number, number: number) => boolean): ContainerTables {
    const all = this.#signatures.view();
    const kept = growableNumbers();
    for (let at = 0; at < all.length; at += CONTAINER.NUMBERS) {
      if (isIgnored(all[at + CONTAINER.NAME_TEXT] ?? 0, (all[at + CONTAINER.NAME_NUMBER] ?? 0) >>> 0)) continue;
      kept.push(...all.subarray(at, at + CONTAINER.NUMBERS));
    }
    return { signatures: kept.view(), regexCode: this.#regexCode.view(), regexSets: this.#regexSets.view() };
  }
}
