/** The message of SASL PLAIN (RFC 4616): authorization identity NUL authentication identity NUL password, in base64. */
import { fromLatin1, latin1, lineEndLength, NUL, view } from "../../core/bytes.ts";
import { Secret } from "../../core/secret.ts";

/** Names are one character per octet. `authorization` is empty when the client asked for none. */
export interface PlainCredentials {
  readonly authorization: string;
  readonly name: string;
  readonly password: Secret;
}

/** Undefined when the line is not strict base64 or not three fields. */
export function parsePlain(line: Uint8Array): PlainCredentials | undefined {
  const text = latin1(line, 0, line.length - lineEndLength(line));
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  const octets = Buffer.from(text, "base64");
  const first = octets.indexOf(NUL);
  const second = octets.indexOf(NUL, first + 1);
  if (first < 0 || second < 0 || octets.indexOf(NUL, second + 1) >= 0) return undefined;
  const credentials = {
    authorization: latin1(octets, 0, first),
    name: latin1(octets, first + 1, second),
    password: new Secret(octets.subarray(second + 1)),
  };
  octets.fill(0);
  return credentials;
}

/** The line that says the same. */
export function buildPlain(credentials: PlainCredentials): Buffer {
  const { authorization, name, password } = credentials;
  const octets = Buffer.concat([fromLatin1(`${authorization}\0${name}\0`), view(password.reveal())]);
  return fromLatin1(`${octets.toString("base64")}\r\n`);
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
