/** The message of SASL PLAIN (RFC 4616): authorization identity NUL authentication identity NUL password, in base64. */
import { fromLatin1, latin1, NUL, view } from "../../core/bytes.ts";
import { Secret } from "../../core/secret.ts";

/** Names are one character per octet. */
export interface PlainMessage {
  readonly authorization: string;
  readonly name: string;
  readonly password: Secret;
}

/** Undefined when the text is not base64 of three fields. */
export function parsePlain(text: string): PlainMessage | undefined {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  const octets = Buffer.from(text, "base64");
  const first = octets.indexOf(NUL);
  const second = octets.indexOf(NUL, first + 1);
  if (first < 0 || second < 0 || octets.indexOf(NUL, second + 1) >= 0) return undefined;
  const authorization = latin1(octets, 0, first);
  const name = latin1(octets, first + 1, second);
  const password = new Secret(octets.subarray(second + 1));
  octets.fill(0);
  return { authorization, name, password };
}

/** The same as base64 text. */
export function buildPlain({ authorization, name, password }: PlainMessage): string {
  return Buffer.concat([fromLatin1(`${authorization}\0${name}\0`), view(password.reveal())]).toString("base64");
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
