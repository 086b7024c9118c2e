/** BINARY[…] (RFC 3516): the body of a part without its transfer encoding. */
import { decodeBase64 } from "../base64.ts";
import { decodeStrictQuotedPrintable } from "../quoted-printable.ts";

/** Encodings that change octets and that can be undone. */
export type DecodedEncoding = "base64" | "quoted-printable";

/** What `body` holds, as most readers see it, and as it was scanned as well. Octets that are none of the encoding are skipped, and never an error. */
export function decodePart(body: Buffer, encoding: DecodedEncoding): Buffer {
  if (encoding === "quoted-printable") return decodeStrictQuotedPrintable(body);
  return decodeBase64(body).readings[0] ?? Buffer.alloc(0);
}
