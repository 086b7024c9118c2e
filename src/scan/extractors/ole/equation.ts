/** Objects of the equation editor that Office no longer has (it was removed in January 2018), because it could be made to
 *  run what is in them.
 *
 *  False positives: old documents with formulas have such objects. They count only when the octets are no formula, or
 *  one that overflows the editor's buffers: a font's name (CVE-2017-11882, CVE-2018-0802) or a matrix's size
 *  (CVE-2018-0798). */

/** Equation Editor 2 and 3; the class of MathType is another one. */
export function isEquationClass(classId: string): boolean {
  return classId.startsWith("0002CE02-") || classId.startsWith("0002CE03-") || classId.startsWith("00021700-");
}

export function isEquationName(className: string): boolean {
  return /^equation(?:\.[23])?\0?$/i.test(className.trim());
}

/** Whether native data of an equation, or what stands in their place, attack the editor. */
export function isHostileEquation(bytes: Buffer): boolean {
  const formula = formulaOf(bytes);
  if (formula === undefined) return bytes.length > 0;
  return new FormulaReader(formula).overflows();
}

/** The formula (MTEF) behind its header of 28 octets, of which the first two give the length. */
function formulaOf(bytes: Buffer): Buffer | undefined {
  const headerBytes = bytes.length < 2 ? 0 : bytes.readUInt16LE(0);
  const start = headerBytes === HEADER_BYTES ? HEADER_BYTES : 0;
  const version = bytes[start] ?? 0;
  const platform = bytes[start + 1] ?? 2;
  return version >= 1 && version <= 5 && platform <= 1 ? bytes.subarray(start) : undefined;
}

/** Reads the records of MTEF 2 and 3 as the editor does, until one is unknown. */
class FormulaReader {
  readonly #bytes: Buffer;
  #position = 5;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  overflows(): boolean {
    // MTEF 5 is MathType's: the editor does not read it.
    if ((this.#bytes[0] ?? 5) > 3) return false;
    while (this.#position < this.#bytes.length) {
      const tag = this.#next();
      const outcome = this.#record(tag & 15, tag >> 4);
      if (outcome !== "next") return outcome === "overflow";
    }
    return false;
  }

  #record(kind: number, options: number): "next" | "unknown" | "overflow" {
    if (kind >= LINE && kind <= EMBELLISHMENT && (options & MOVED) !== 0) this.#skipMove();
    switch (kind) {
      case LINE:
        if ((options & LINE_SPACED) !== 0) this.#position += 1;
        if ((options & RULED) !== 0) this.#skipRuler();
        return "next";
      case CHARACTER:
        this.#position += this.#bytes[0] === 3 ? 3 : 2;
        return "next";
      case TEMPLATE:
        this.#position += 3;
        return "next";
      case PILE:
        this.#position += 2;
        if ((options & RULED) !== 0) this.#skipRuler();
        return "next";
      case MATRIX:
        return this.#matrix();
      case EMBELLISHMENT:
        this.#position += 1;
        return "next";
      case RULER:
        this.#position += 1 + 3 * (this.#bytes[this.#position] ?? 0);
        return "next";
      case FONT:
        return this.#font();
      case SIZE:
        this.#skipSize();
        return "next";
      default:
        // Sizes and the end of a list have no octets of their own; anything above is unknown.
        return kind <= LAST_KIND ? "next" : "unknown";
    }
  }

  #font(): "next" | "overflow" {
    const start = this.#position + 2;
    const end = this.#bytes.indexOf(0, start);
    this.#position = end < 0 ? this.#bytes.length : end + 1;
    return (end < 0 ? this.#bytes.length : end) - start > MAX_FONT_BYTES ? "overflow" : "next";
  }

  /** The parts of the partition lines are copied into a buffer of a few octets. */
  #matrix(): "next" | "overflow" {
    const rows = this.#bytes[this.#position + 3] ?? 0;
    const columns = this.#bytes[this.#position + 4] ?? 0;
    this.#position += 5 + partitionBytes(rows) + partitionBytes(columns);
    return rows > MAX_MATRIX || columns > MAX_MATRIX ? "overflow" : "next";
  }

  #skipMove(): void {
    const isLong = this.#bytes[this.#position] === 128 && this.#bytes[this.#position + 1] === 128;
    this.#position += isLong ? 6 : 2;
  }

  #skipRuler(): void {
    if (this.#bytes[this.#position] === RULER) this.#position += 1;
    this.#position += 1 + 3 * (this.#bytes[this.#position] ?? 0);
  }

  #skipSize(): void {
    const kind = this.#next();
    this.#position += kind === 100 ? 3 : kind === 101 ? 2 : 1;
  }

  #next(): number {
    const octet = this.#bytes[this.#position] ?? 0;
    this.#position += 1;
    return octet;
  }
}

function partitionBytes(count: number): number {
  return Math.ceil(((count + 1) * 2) / 8);
}

const HEADER_BYTES = 28;
const MOVED = 8;
const LINE_SPACED = 4;
const RULED = 2;
const LINE = 1;
const CHARACTER = 2;
const TEMPLATE = 3;
const PILE = 4;
const MATRIX = 5;
const EMBELLISHMENT = 6;
const RULER = 7;
const FONT = 8;
const SIZE = 9;
const LAST_KIND = 14;
/** Names of fonts in Windows have at most 31 characters; the editor's buffer has 40 octets. */
const MAX_FONT_BYTES = 36;
/** More rows or columns than the editor lets anybody make. */
const MAX_MATRIX = 31;
