/** Cryptographic messages (CMS) in DER and BER, with nothing but their content: signers and keys are left out. */

/** An element with its length. */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const head = Buffer.of(tag, 0x84, 0, 0, 0, 0);
  head.writeUInt32BE(content.length, 2);
  return Buffer.concat([head, content]);
}

/** An element without a length, ended by another one. */
export function ber(tag: number, ...contents: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(tag, 0x80), ...contents, Buffer.of(0, 0)]);
}

/** An OCTET STRING in segments of `length` octets. */
export function segmented(content: Buffer, length: number): Buffer {
  const segments: Buffer[] = [];
  for (let start = 0; start < content.length; start += length)
    segments.push(der(4, content.subarray(start, start + length)));
  return ber(0x24, ...segments);
}

type Element = typeof der;

/** Signed data (RFC 5652 §5) around `content`, the element in its [0]. */
export function signedData(content: Buffer, element: Element = der, type: Buffer = OID.data): Buffer {
  const encapsulated = element(0x30, type, element(0xa0, content));
  return contentInfo(OID.signed, element(0x30, VERSION, der(0x31), encapsulated, der(0x31)), element);
}

/** Signed data as such, which may be the content of other signed data. */
export function bareSignedData(content: Buffer): Buffer {
  return der(0x30, VERSION, der(0x31), der(0x30, OID.data, der(0xa0, content)), der(0x31));
}

/** Compressed data (RFC 3274) around the zlib stream `packed`. */
export function compressedData(packed: Buffer): Buffer {
  const zlib = der(0x30, Buffer.from("060b2a864886f70d0109100308", "hex"));
  return contentInfo(
    OID.compressed,
    der(0x30, der(2, Buffer.of(0)), zlib, der(0x30, OID.data, der(0xa0, der(4, packed)))),
  );
}

/** Data of a type that says that it is encrypted. */
export function encryptedData(type: "enveloped" | "authenticated" | "encrypted"): Buffer {
  return contentInfo(OID[type], der(0x30, VERSION, der(0x31), der(0x30, OID.data, der(0x80, Buffer.alloc(64, 0xa5)))));
}

/** A signature of something else. */
export function detachedSignature(): Buffer {
  return contentInfo(OID.signed, der(0x30, VERSION, der(0x31), der(0x30, OID.data), der(0x31)));
}

export function contentInfo(type: Buffer, content: Buffer, element: Element = der): Buffer {
  return element(0x30, type, element(0xa0, content));
}

export const OID = {
  data: Buffer.from("06092a864886f70d010701", "hex"),
  signed: Buffer.from("06092a864886f70d010702", "hex"),
  enveloped: Buffer.from("06092a864886f70d010703", "hex"),
  encrypted: Buffer.from("06092a864886f70d010706", "hex"),
  compressed: Buffer.from("060b2a864886f70d0109100109", "hex"),
  authenticated: Buffer.from("060b2a864886f70d0109100117", "hex"),
} as const;
const VERSION = der(2, Buffer.of(1));
