/** Byte comparisons of logical signatures: a number near the place where another part was found, in digits or in octets,
 *  against one or two others. */

/** `5(>>4#hb2#>10,<20)` */
export interface ByteComparison {
  /** The part of the signature that must be found first. */
  readonly reference: number;
  /** From where that begins. */
  readonly offset: number;
  readonly form: "hexadecimal" | "decimal" | "automatic" | "binary";
  readonly isLittleEndian: boolean;
  /** Nothing but digits may be there. */
  readonly isExact: boolean;
  readonly octets: number;
  readonly conditions: readonly { readonly sign: string; readonly number: bigint }[];
}

/** The comparison, or what is wrong with it. */
export function parseByteComparison(text: string): ByteComparison | string {
  const groups = FORM.exec(text)?.groups;
  if (groups === undefined) return "it is no byte comparison";
  const { reference = "", direction = "", offset = "0", options = "", octets = "", conditions = "" } = groups;
  const count = Number(octets);
  const [form, ...otherForms] = [...options].filter((option) => option in FORMS);
  const order = [...options].filter((option) => option === "l" || option === "b");
  if (form === undefined || otherForms.length > 0 || order.length > 1) return "its options contradict each other";
  if (form === "d" && order[0] === "l") return "decimal numbers have no little-endian form";
  if (form === "i" && ![1, 2, 4, 8].includes(count)) return "numbers have 1, 2, 4 or 8 octets";
  if (count === 0 || count > MAX_OCTETS || (form === "h" && count > MAX_HEX_DIGITS)) return "the number is too long";
  return {
    reference: Number(reference),
    offset: Number(offset) * (direction === "<<" ? -1 : 1),
    form: FORMS[form] ?? "binary",
    isLittleEndian: order[0] === "l",
    isExact: options.includes("e"),
    octets: count,
    conditions: conditions.split(",").map((part) => ({ sign: part.slice(0, 1), number: BigInt(part.slice(1)) })),
  };
}

/** Whether the comparison holds when the part it refers to is at `place`. */
export function isComparisonMet(bytes: Buffer, place: number, comparison: ByteComparison): boolean {
  const start = place + comparison.offset;
  // As ClamAV has it, nothing is compared at the very beginning.
  if (start <= 0 || start + comparison.octets > bytes.length) return false;
  const octets = bytes.subarray(start, start + comparison.octets);
  const value =
    comparison.form === "binary" ? binaryNumber(octets, comparison.isLittleEndian) : writtenNumber(octets, comparison);
  if (value === undefined) return false;
  return comparison.conditions.every(({ sign, number }) => {
    if (sign === "=") return value === number;
    return sign === "<" ? value < number : value > number;
  });
}

function binaryNumber(octets: Buffer, isLittleEndian: boolean): bigint {
  const ordered = isLittleEndian ? Buffer.from(octets).reverse() : octets;
  return BigInt.asIntN(64, BigInt(`0x${ordered.toString("hex")}`));
}

/** White space before the digits is skipped; what follows them is of no matter, unless it must be exact. */
function writtenNumber(octets: Buffer, { form, isExact, isLittleEndian }: ByteComparison): bigint | undefined {
  const text = octets.toString("latin1");
  const trimmed = text.replace(/^[\t-\r ]+/, "");
  // As ClamAV has it, there is nothing to tell by.
  if (form === "automatic" && trimmed.length < MIN_AUTOMATIC) return undefined;
  const isHex = form === "hexadecimal" || (form === "automatic" && /^0x/i.test(trimmed));
  if (!isHex && isLittleEndian) return undefined;
  const digits = isHex && isLittleEndian ? swapped(trimmed) : trimmed;
  const match = (isHex ? HEX_NUMBER : DECIMAL_NUMBER).exec(digits);
  if (match === null) return isExact ? undefined : 0n;
  if (isExact && (match[0].length !== digits.length || trimmed.length !== text.length)) return undefined;
  const value = BigInt(isHex ? `0x${match[2]}` : (match[2] ?? "0"));
  return match[1] === "-" ? -value : value;
}

/** Pairs of digits in the opposite order. */
function swapped(digits: string): string {
  const even = digits.length % 2 === 0 || digits.length === 1 ? digits : `0${digits}`;
  return (even.match(/..?/gs) ?? []).reverse().join("");
}

const FORM =
  /^(?<reference>\d{1,2})\((?:(?<direction><<|>>)(?<offset>0x[\da-f]{1,7}|\d{1,8})|0?)#(?<options>[hdaible]+)(?<octets>\d{1,4})#(?<conditions>[<>=](?:0x[\da-f]{1,16}|\d{1,19})(?:,[<>=](?:0x[\da-f]{1,16}|\d{1,19}))?)\)$/i;
const FORMS: Readonly<Record<string, ByteComparison["form"]>> = {
  h: "hexadecimal",
  d: "decimal",
  a: "automatic",
  i: "binary",
};
const HEX_NUMBER = /^([+-]?)(?:0x)?([\da-f]{1,16})/i;
const DECIMAL_NUMBER = /^([+-]?)(\d{1,19})/;
const MIN_AUTOMATIC = 3;
const MAX_OCTETS = 255;
const MAX_HEX_DIGITS = 18;
