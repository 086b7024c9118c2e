/** BINARY[…] (RFC 3516): the body of a part without its transfer encoding. */
import { decodeBase64 } from "../base64.ts";
import { decodeQuotedPrintable } from "../quoted-printable.ts";

/** Encodings that change octets and that can be undone. */
export type DecodedEncoding = "base64" | "quoted-printable";

/** What `body` holds, as most readers see it. Octets that are none of the encoding are skipped, and never an error. */
export function decodePart(body: Buffer, encoding: DecodedEncoding): Buffer {
  const [decoded] = encoding === "base64" ? decodeBase64(body).readings : decodeQuotedPrintable(body);
  return decoded ?? Buffer.alloc(0);
}
