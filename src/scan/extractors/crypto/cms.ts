/** The content of cryptographic messages (CMS, RFC 5652; PKCS #7, RFC 2315): what is signed or compressed in them. */
import { type BerElement, CONSTRUCTED, childrenOf, octetsOf, readElement } from "./ber.ts";

export type CmsContent =
  | { readonly kind: "content" | "compressed"; readonly bytes: Buffer }
  | { readonly kind: "encrypted"; readonly type: string }
  /** A detached signature, or certificates alone. */
  | { readonly kind: "empty" };

/** Undefined when `bytes` are none. */
export function readCms(bytes: Buffer): CmsContent | undefined {
  if (bytes[0] !== SEQUENCE || bytes.subarray(0, HEAD_BYTES).indexOf(PKCS) < 0) return undefined;
  const root = readElement(bytes, 0, bytes.length);
  if (root === undefined) return undefined;
  const info = readContentInfo(bytes, root);
  if (info === undefined || !TYPES.has(info.type)) return undefined;
  return contentOf(bytes, info, 0);
}

interface ContentInfo {
  /** Its object identifier, in hexadecimal. */
  readonly type: string;
  /** What stands in the explicit tag [0]. */
  readonly content: BerElement | undefined;
}

/** ContentInfo and EncapsulatedContentInfo: an object identifier, and [0] with the content. */
function readContentInfo(bytes: Buffer, sequence: BerElement): ContentInfo | undefined {
  const children = childrenOf(bytes, sequence);
  const identifier = children.next().value;
  if (identifier?.tag !== OBJECT_IDENTIFIER) return undefined;
  const type = bytes.toString("hex", identifier.contentStart, Math.min(identifier.limit, identifier.contentStart + 16));
  const tagged = children.next().value;
  const content = tagged?.tag === EXPLICIT_0 ? childrenOf(bytes, tagged).next().value : undefined;
  return { type, content };
}

function contentOf(bytes: Buffer, { type, content }: ContentInfo, depth: number): CmsContent {
  const kind = TYPES.get(type);
  if (kind === "encrypted") return { kind, type: ENCRYPTED_NAMES.get(type) ?? "encrypted data" };
  if (content === undefined || depth > MAX_DEPTH) return { kind: "empty" };
  if (kind === undefined || kind === "data") return { kind: "content", bytes: plainContent(bytes, content) };
  const inner = encapsulated(bytes, content);
  if (inner?.content === undefined) return { kind: "empty" };
  if (kind === "compressed") return { kind, bytes: plainContent(bytes, inner.content) };
  // What is signed may be signed again, with or without an OCTET STRING around.
  const innerKind = TYPES.get(inner.type);
  if (innerKind === undefined || innerKind === "data") return contentOf(bytes, inner, depth + 1);
  if (inner.content.tag === SEQUENCE) return contentOf(bytes, inner, depth + 1);
  const octets = octetsOf(bytes, inner.content);
  const sequence = readElement(octets, 0, octets.length);
  if (sequence?.tag !== SEQUENCE) return { kind: "content", bytes: octets };
  const wrapped = readContentInfo(octets, sequence);
  return contentOf(octets, wrapped ?? { type: inner.type, content: sequence }, depth + 1);
}

/** The EncapsulatedContentInfo of a signed, digested, authenticated or compressed one: the only SEQUENCE in it that has
 *  an object identifier and [0]. */
function encapsulated(bytes: Buffer, sequence: BerElement): ContentInfo | undefined {
  for (const child of childrenOf(bytes, sequence)) {
    if (child.tag !== SEQUENCE) continue;
    const info = readContentInfo(bytes, child);
    if (info?.content !== undefined) return info;
  }
  return undefined;
}

/** The octets of a string; of anything else (PKCS #7 allows it) all of it. */
function plainContent(bytes: Buffer, content: BerElement): Buffer {
  const isString = (content.tag & ~CONSTRUCTED) === OCTET_STRING;
  return isString ? octetsOf(bytes, content) : bytes.subarray(content.start, content.limit);
}

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const OCTET_STRING = 0x04;
const EXPLICIT_0 = 0xa0;
const MAX_DEPTH = 10;
const HEAD_BYTES = 32;

/** 1.2.840.113549.1: all types begin with it. */
const PKCS = Buffer.from("2a864886f70d01", "hex");
const PKCS7 = "2a864886f70d0107";
const SMIME = "2a864886f70d01091001";
const TYPES: ReadonlyMap<string, "data" | "signed" | "compressed" | "encrypted"> = new Map([
  [`${PKCS7}01`, "data"],
  [`${PKCS7}02`, "signed"],
  [`${PKCS7}03`, "encrypted"],
  [`${PKCS7}04`, "encrypted"],
  // Digested and authenticated data have their content where signed data have it.
  [`${PKCS7}05`, "signed"],
  [`${PKCS7}06`, "encrypted"],
  [`${SMIME}02`, "signed"],
  [`${SMIME}09`, "compressed"],
  [`${SMIME}17`, "encrypted"],
]);
const ENCRYPTED_NAMES: ReadonlyMap<string, string> = new Map([
  [`${PKCS7}03`, "enveloped data"],
  [`${PKCS7}04`, "signed and enveloped data"],
  [`${SMIME}17`, "authenticated enveloped data"],
]);
