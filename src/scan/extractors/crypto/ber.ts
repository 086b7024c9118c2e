/** BER (X.690): elements with definite and indefinite lengths, as lenient as octets that may lie need it. Nothing is read
 *  beyond the element around. */

export interface BerElement {
  /** Class, form and number in one octet, as it stands. */
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  /** At most; where the length is indefinite, an end-of-contents element ends it before. */
  readonly limit: number;
  readonly isIndefinite: boolean;
}

/** The element at `start`; undefined when there is none, or one of another form than CMS has. */
export function readElement(bytes: Buffer, start: number, limit: number): BerElement | undefined {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (start + 2 > limit || tag === undefined || first === undefined || (tag & 0x1f) === LONG_TAG) return undefined;
  if (first < 0x80) return element(tag, start, start + 2, first, limit);
  if (first === INDEFINITE) return { tag, start, contentStart: start + 2, limit, isIndefinite: true };
  const count = first & 0x7f;
  if (count > MAX_LENGTH_OCTETS || start + 2 + count > limit) return undefined;
  return element(tag, start, start + 2 + count, bytes.readUIntBE(start + 2, count), limit);
}

/** The elements in a constructed one. One with an indefinite length is passed over element by element. */
export function* childrenOf(bytes: Buffer, parent: BerElement): Generator<BerElement, undefined> {
  let position = parent.contentStart;
  while (position < parent.limit) {
    const child = readElement(bytes, position, parent.limit);
    if (child === undefined || child.tag === END_OF_CONTENTS) return undefined;
    yield child;
    position = elementEnd(bytes, child, 0);
  }
  return undefined;
}

/** The octets of an OCTET STRING, in one piece or in any number of them inside each other. */
export function octetsOf(bytes: Buffer, string: BerElement): Buffer {
  if ((string.tag & CONSTRUCTED) === 0) return bytes.subarray(string.contentStart, string.limit);
  const octets = Buffer.allocUnsafe(string.limit - string.contentStart);
  const written = copySegments(bytes, string, octets, 0, 0).written;
  return octets.subarray(0, written);
}

/** Copies the segments of `string` and answers where it ends. */
function copySegments(
  bytes: Buffer,
  string: BerElement,
  octets: Buffer,
  offset: number,
  depth: number,
): { written: number; end: number } {
  let written = offset;
  let position = string.contentStart;
  while (position < string.limit) {
    const segment = readElement(bytes, position, string.limit);
    if (segment === undefined) return { written, end: string.limit };
    if (segment.tag === END_OF_CONTENTS) return { written, end: position + 2 };
    if ((segment.tag & CONSTRUCTED) === 0) {
      written += bytes.copy(octets, written, segment.contentStart, segment.limit);
      position = segment.limit;
    } else if (depth < MAX_DEPTH) {
      ({ written, end: position } = copySegments(bytes, segment, octets, written, depth + 1));
    } else return { written, end: string.limit };
  }
  return { written, end: position };
}

function elementEnd(bytes: Buffer, outer: BerElement, depth: number): number {
  if (!outer.isIndefinite) return outer.limit;
  let position = outer.contentStart;
  while (position < outer.limit) {
    const child = readElement(bytes, position, outer.limit);
    if (child === undefined || depth >= MAX_DEPTH) return outer.limit;
    if (child.tag === END_OF_CONTENTS) return position + 2;
    position = elementEnd(bytes, child, depth + 1);
  }
  return position;
}

/** A length that says more than there is ends where the octets end. */
function element(tag: number, start: number, contentStart: number, length: number, limit: number): BerElement {
  return { tag, start, contentStart, limit: Math.min(limit, contentStart + length), isIndefinite: false };
}

export const CONSTRUCTED = 0x20;
const INDEFINITE = 0x80;
const END_OF_CONTENTS = 0;
/** Tag numbers above 30 stand in octets of their own; CMS has none. */
const LONG_TAG = 0x1f;
const MAX_LENGTH_OCTETS = 6;
const MAX_DEPTH = 32;
