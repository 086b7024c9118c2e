/** Splits OpenPGP data (RFC 4880, RFC 9580) into packets: old and new lengths, partial ones and none at all. */

export interface PgpPacket {
  readonly tag: number;
  /** Partial bodies put together. */
  readonly body: Buffer;
  readonly end: number;
}

/** The packets of `bytes` as far as they are plausible: what does not begin like one of its kind ends them. */
export function* readPackets(bytes: Buffer): Generator<PgpPacket, undefined> {
  let position = 0;
  while (position < bytes.length) {
    const packet = readPacket(bytes, position);
    if (packet === undefined || !isPlausible(packet)) return undefined;
    yield packet;
    position = packet.end;
  }
  return undefined;
}

function readPacket(bytes: Buffer, start: number): PgpPacket | undefined {
  const first = bytes[start] ?? 0;
  if ((first & 0x80) === 0) return undefined;
  return (first & 0x40) === 0 ? readOld(bytes, start, first) : readNew(bytes, start, first & 0x3f);
}

/** RFC 4880 §4.2.1. */
function readOld(bytes: Buffer, start: number, first: number): PgpPacket | undefined {
  const tag = (first >>> 2) & 0x0f;
  const octets = [1, 2, 4, 0][first & 3] ?? 0;
  const bodyStart = start + 1 + octets;
  if (bodyStart > bytes.length) return undefined;
  const length = octets === 0 ? bytes.length : bytes.readUIntBE(start + 1, octets);
  const end = Math.min(bytes.length, bodyStart + length);
  return { tag, body: bytes.subarray(bodyStart, end), end };
}

/** RFC 4880 §4.2.2. */
function readNew(bytes: Buffer, start: number, tag: number): PgpPacket | undefined {
  const pieces: Buffer[] = [];
  let position = start + 1;
  while (position < bytes.length) {
    const first = bytes[position] ?? 0;
    const isPartial = first >= 224 && first < 255;
    const octets = first < 192 || isPartial ? 1 : first < 224 ? 2 : 5;
    const bodyStart = position + octets;
    if (bodyStart > bytes.length) return undefined;
    const length = newLength(bytes, position, octets, isPartial);
    const end = Math.min(bytes.length, bodyStart + length);
    pieces.push(bytes.subarray(bodyStart, end));
    position = end;
    if (!isPartial || pieces.length > MAX_PIECES) break;
  }
  if (pieces.length === 0) return undefined;
  const [only] = pieces;
  return { tag, body: pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces), end: position };
}

function newLength(bytes: Buffer, position: number, octets: number, isPartial: boolean): number {
  const first = bytes[position] ?? 0;
  if (isPartial) return 2 ** (first & 0x1f);
  if (octets === 1) return first;
  if (octets === 2) return ((first - 192) << 8) + (bytes[position + 1] ?? 0) + 192;
  return bytes.readUInt32BE(position + 1);
}

/** Whether the body begins as its kind does: nothing else tells OpenPGP from other binary content. */
function isPlausible({ tag, body }: PgpPacket): boolean {
  const version = body[0] ?? 0;
  switch (tag) {
    case PACKET_TAGS.publicKeySession:
      return body.length >= 12 && (version === 3 || version === 6);
    case PACKET_TAGS.symmetricKeySession:
      return body.length >= 4 && version >= 4 && version <= 6 && (body[1] ?? 0) < 32;
    case PACKET_TAGS.onePass:
      return (version === 3 && body.length === 13) || (version === 6 && body.length > 13);
    case PACKET_TAGS.signature:
      return body.length > 10 && version >= 2 && version <= 6;
    case PACKET_TAGS.compressed:
      return body.length > 1 && version <= 3;
    case PACKET_TAGS.literal:
      return body.length >= 6 && LITERAL_FORMATS.includes(version) && (body[1] ?? 0) + 6 <= body.length;
    case PACKET_TAGS.marker:
      return body.equals(MARKER);
    case PACKET_TAGS.protectedData:
      return body.length > 18 && (version === 1 || version === 2);
    case PACKET_TAGS.aeadData:
      return body.length > 18 && version === 1;
    case PACKET_TAGS.encryptedData:
      return body.length > 12;
    case PACKET_TAGS.padding:
    case PACKET_TAGS.trust:
      return true;
    default:
      return false;
  }
}

export const PACKET_TAGS = {
  publicKeySession: 1,
  signature: 2,
  symmetricKeySession: 3,
  onePass: 4,
  compressed: 8,
  encryptedData: 9,
  marker: 10,
  literal: 11,
  trust: 12,
  protectedData: 18,
  aeadData: 20,
  padding: 21,
} as const;
/** "b", "t", "u", "m", "l" and "1". */
const LITERAL_FORMATS = [0x62, 0x74, 0x75, 0x6d, 0x6c, 0x31];
const MARKER = Buffer.from("PGP", "latin1");
/** The smallest honest piece but for the last has 512 octets. */
const MAX_PIECES = 100_000;
