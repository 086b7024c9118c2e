/** Opens OpenPGP messages that are not encrypted: literal and compressed data, signed or not; names what is encrypted.
 *  Armour is base64 in text and comes here decoded. */
import { latin1 } from "../../../core/bytes.ts";
import { mimeLimits, scanLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { inflateRaw } from "../inflate.ts";
import { SIGNS } from "../octet-survey.ts";
import { PACKET_TAGS, type PgpPacket, readPackets } from "./openpgp-packets.ts";

export const openpgpExtractor: Extractor = {
  name: "openpgp",
  mayMatch: (survey) => (survey & SIGNS.high) !== 0,
  matches: ({ bytes }) => ((bytes[0] ?? 0) & 0x80) !== 0 && holdsMessage(bytes),
  extract({ bytes }, sink, budget) {
    let hasKey = false;
    for (const packet of readPackets(bytes)) {
      if (!budget.takeEntry()) {
        sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
        return;
      }
      hasKey ||= KEY_TAGS.has(packet.tag);
      if (isEncrypted(packet, hasKey, bytes.length)) sink.reason("encrypted", "OpenPGP encrypted data");
      if (packet.tag === PACKET_TAGS.literal) giveLiteral(packet.body, sink);
      if (packet.tag === PACKET_TAGS.compressed) giveCompressed(packet.body, sink, budget);
      if (budget.isOutOfTime()) {
        sink.reason("limit-time", "OpenPGP packets");
        return;
      }
    }
  },
};

/** Signatures alone are none: they sign something else. */
function holdsMessage(bytes: Buffer): boolean {
  let hasKey = false;
  for (const packet of readPackets(bytes)) {
    hasKey ||= KEY_TAGS.has(packet.tag);
    if (isEncrypted(packet, hasKey, bytes.length) || packet.tag === PACKET_TAGS.literal) return true;
    if (packet.tag === PACKET_TAGS.compressed) return isCompressedMessage(packet.body);
  }
  return false;
}

/** Octets that are encrypted look like nothing: they are told by a key before them, or by their length. */
function isEncrypted({ tag, end }: PgpPacket, hasKey: boolean, length: number): boolean {
  const isProtected = tag === PACKET_TAGS.protectedData || tag === PACKET_TAGS.aeadData;
  if (isProtected) return hasKey || end >= length - CHECKSUM_BYTES;
  return hasKey && tag === PACKET_TAGS.encryptedData;
}

/** A format, a name, a date, and the content (RFC 4880 §5.9). */
function giveLiteral(body: Buffer, sink: ExtractorSink): void {
  const nameEnd = 2 + (body[1] ?? 0);
  const content = body.subarray(nameEnd + DATE_BYTES);
  if (content.length > 0) sink.entry(latin1(body, 2, nameEnd).slice(0, mimeLimits.nameCharacters), content);
}

function giveCompressed(body: Buffer, sink: ExtractorSink, budget: Budget): void {
  const packed = body.subarray(1);
  switch (body[0]) {
    case UNCOMPRESSED:
      sink.entry("", packed);
      break;
    case BZIP2:
      // A file of its own kind, packets within.
      sink.entry("", packed);
      break;
    case ZIP:
      giveInflated(packed, sink, budget);
      break;
    case ZLIB:
      giveInflated(packed.subarray(ZLIB_HEADER_BYTES), sink, budget);
      break;
    default:
      sink.reason("unsupported", DETAIL);
  }
}

function giveInflated(packed: Buffer, sink: ExtractorSink, budget: Budget): void {
  const { bytes, consumed, end } = inflateRaw(packed, budget.outputBytes);
  if (budget.isExcessive(consumed, bytes.length, scanLimits.ratioFloorBytes)) sink.reason("limit-ratio", DETAIL);
  if (end === "capped") sink.reason("limit-bytes", DETAIL);
  if (end === "damaged") sink.reason("damaged", DETAIL);
  budget.takeOutput(bytes.length);
  sink.entry("", bytes);
}

/** Two octets at the beginning of a file are chance; what comes out must be packets again. */
function isCompressedMessage(body: Buffer): boolean {
  const packed = body.subarray(1);
  switch (body[0]) {
    case BZIP2:
      return packed.subarray(0, BZIP2_MAGIC.length).equals(BZIP2_MAGIC);
    case ZIP:
    case ZLIB: {
      const start = packed.subarray(body[0] === ZLIB ? ZLIB_HEADER_BYTES : 0);
      const { bytes } = inflateRaw(start, PROBE_BYTES);
      return !(readPackets(bytes).next().done ?? true);
    }
    default:
      return !(readPackets(packed).next().done ?? true);
  }
}

const KEY_TAGS: ReadonlySet<number> = new Set([PACKET_TAGS.publicKeySession, PACKET_TAGS.symmetricKeySession]);
/** Of the armour, which is decoded with the rest. */
const CHECKSUM_BYTES = 3;
const DATE_BYTES = 4;
const UNCOMPRESSED = 0;
const ZIP = 1;
const ZLIB = 2;
const BZIP2 = 3;
const BZIP2_MAGIC = Buffer.from("BZh", "latin1");
const ZLIB_HEADER_BYTES = 2;
const PROBE_BYTES = 256;
const DETAIL = "OpenPGP compressed data";
