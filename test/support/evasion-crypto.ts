/** Mails that carry a file in S/MIME or OpenPGP without encrypting it, each in one way. */
import { deflateRawSync, deflateSync } from "node:zlib";
import { bareSignedData, ber, compressedData, contentInfo, der, OID, segmented, signedData } from "./build-cms.ts";
import {
  armored,
  literalBody,
  newPacket,
  oldPacket,
  onePassBody,
  partialPacket,
  signatureBody,
} from "./build-openpgp.ts";
import { buildZip } from "./build-zip.ts";
import { buildMail, type Evasion } from "./evasion.ts";

export const cryptoEvasions: readonly Evasion[] = [...smime(), ...openpgp()];

/** A part that only who takes it apart sees the payload of. */
function part(payload: Buffer): Buffer {
  const fields = "Content-Type: application/x; name=a.com\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
  return Buffer.from(`${fields}${escapes(payload)}\r\n`);
}

function smime(): Evasion[] {
  const messages: Record<string, (payload: Buffer) => Buffer> = {
    "signed, DER": (payload) => signedData(der(4, part(payload))),
    "signed, BER": (payload) => signedData(ber(0x24, der(4, part(payload))), ber),
    "signed, in segments of three octets": (payload) => signedData(segmented(part(payload), 3), ber),
    "signed, segments within segments": (payload) =>
      signedData(
        ber(0x24, segmented(part(payload).subarray(0, 50), 7), der(0x24, segmented(part(payload).subarray(50), 9))),
        ber,
      ),
    "signed with definite lengths around segments": (payload) =>
      signedData(der(0x24, der(4, part(payload).subarray(0, 9)), der(4, part(payload).subarray(9)))),
    "signed twice": (payload) => signedData(der(4, signedData(der(4, part(payload)))), der, OID.signed),
    "signed twice without what is between": (payload) =>
      signedData(der(4, bareSignedData(der(4, part(payload)))), der, OID.signed),
    "signed as PKCS #7 has it": (payload) => signedData(bareSignedData(der(4, part(payload))), der, OID.signed),
    "signed, a message": (payload) =>
      signedData(der(4, Buffer.concat([Buffer.from("From: a@example.org\r\n"), part(payload)]))),
    "signed with lengths that lie": (payload) => withLongLengths(signedData(der(4, part(payload)))),
    data: (payload) => contentInfo(OID.data, der(4, part(payload))),
    compressed: (payload) => compressedData(deflateSync(part(payload))),
    "compressed in signed": (payload) => signedData(der(4, compressedData(deflateSync(part(payload))))),
  };
  const parts = Object.entries(messages).map(([name, message]) => opaque(`S/MIME: ${name}`, message));
  const wrapped = (payload: Buffer): Buffer => signedData(segmented(part(payload), 11), ber);
  return [
    ...parts,
    opaque("S/MIME: declared as something else", wrapped, "application/octet-stream"),
    opaque("S/MIME: said to be a signature", wrapped, "application/pkcs7-signature"),
    opaque(
      "S/MIME: in a zip",
      (payload) => buildZip([{ name: "smime.p7m", content: wrapped(payload) }]),
      "application/zip",
    ),
    {
      name: "S/MIME: in PEM",
      build: (payload) => {
        const lines = wrapped(payload)
          .toString("base64")
          .replace(/.{64}(?=.)/g, "$&\r\n");
        const body = `-----BEGIN PKCS7-----\r\n${lines}\r\n-----END PKCS7-----`;
        return buildMail({ partFields: ["Content-Type: text/plain"], body });
      },
    },
  ];
}

/** Every length of four octets says two thousand million. */
function withLongLengths(message: Buffer): Buffer {
  for (let length = message.indexOf("8400", 0, "hex"); length >= 0; length = message.indexOf("8400", length, "hex")) {
    message.writeUInt32BE(0x7fffffff, length + 1);
  }
  return message;
}

function openpgp(): Evasion[] {
  const body = (payload: Buffer): Buffer => literalBody(part(payload));
  const literal = (payload: Buffer): Buffer => newPacket(11, body(payload));
  const packed = (payload: Buffer, method: number): Buffer =>
    Buffer.concat([Buffer.of(method), method === 1 ? deflateRawSync(literal(payload)) : deflateSync(literal(payload))]);
  const messages: Record<string, (payload: Buffer) => Buffer> = {
    "a literal": literal,
    "a literal with an old length": (payload) => oldPacket(11, body(payload), 2),
    "a literal without a length": (payload) => oldPacket(11, body(payload), 0),
    "a literal in partial bodies": (payload) => partialPacket(11, body(payload), 4),
    "a literal behind a marker": (payload) => Buffer.concat([newPacket(10, Buffer.from("PGP")), literal(payload)]),
    "signed in one pass": (payload) =>
      Buffer.concat([newPacket(4, onePassBody()), literal(payload), newPacket(2, signatureBody())]),
    "signed in the old way": (payload) => Buffer.concat([oldPacket(2, signatureBody(), 1), literal(payload)]),
    "compressed with ZIP": (payload) => newPacket(8, packed(payload, 1)),
    "compressed with zlib": (payload) => newPacket(8, packed(payload, 2)),
    "compressed without a length": (payload) => oldPacket(8, packed(payload, 1), 0),
    "compressed in partial bodies": (payload) => partialPacket(8, packed(payload, 2), 5),
    "compressed by no method": (payload) => newPacket(8, Buffer.concat([Buffer.of(0), literal(payload)])),
    "compressed twice": (payload) =>
      newPacket(8, Buffer.concat([Buffer.of(1), deflateRawSync(newPacket(8, packed(payload, 2)))])),
  };
  const clear = (payload: Buffer): string =>
    `-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n${payload
      .toString("base64")
      .replace(/.{30}(?=.)/g, "$&\r\n")
      .replace(/^/gm, "- ")}\r\n${armored(newPacket(2, signatureBody()), "SIGNATURE")}`;
  return Object.entries(messages)
    .flatMap(([name, message]) => [
      opaque(`OpenPGP: ${name}`, message, "application/octet-stream"),
      inText(`OpenPGP: ${name}, armoured`, (payload) => armored(message(payload))),
    ])
    .concat([
      inText("OpenPGP: armoured and quoted", (payload) => armored(literal(payload)).replace(/^/gm, "> ")),
      inText("OpenPGP: escapes of signed text", clear),
    ]);
}

function opaque(
  name: string,
  message: (payload: Buffer) => Buffer,
  type = "application/pkcs7-mime; smime-type=signed-data",
): Evasion {
  return {
    name,
    build: (payload) =>
      buildMail({
        partFields: [`Content-Type: ${type}; name=a`, "Content-Transfer-Encoding: base64"],
        body: message(payload).toString("base64").replace(/.{76}/g, "$&\r\n"),
      }),
  };
}

function inText(name: string, body: (payload: Buffer) => string): Evasion {
  return { name, build: (payload) => buildMail({ partFields: ["Content-Type: text/plain"], body: body(payload) }) };
}

function escapes(payload: Buffer): string {
  return [...payload].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
