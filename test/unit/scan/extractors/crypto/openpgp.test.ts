import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleartextSignatureExtractor } from "../../../../../src/scan/extractors/crypto/cleartext-signature.ts";
import { openpgpExtractor } from "../../../../../src/scan/extractors/crypto/openpgp.ts";
import { openpgpArmorExtractor } from "../../../../../src/scan/extractors/crypto/openpgp-armor.ts";
import {
  armored,
  literalBody,
  newPacket,
  oldPacket,
  partialPacket,
  protectedBody,
  sessionKeyBody,
  signatureBody,
} from "../../../../support/build-openpgp.ts";
import { judgeContent } from "../../../../support/content-scanner.ts";
import { buildMail } from "../../../../support/evasion.ts";
import { extract } from "../../../../support/extract.ts";

const CONTENT = Buffer.alloc(9_000, "some words of a letter. ");
const LITERAL = newPacket(11, literalBody(CONTENT, "letter.txt"));

describe("openpgpExtractor", () => {
  test.each([
    ["a new length", LITERAL],
    ["an old length", oldPacket(11, literalBody(CONTENT, "letter.txt"), 4)],
    ["no length", oldPacket(11, literalBody(CONTENT, "letter.txt"), 0)],
    ["partial bodies", partialPacket(11, literalBody(CONTENT, "letter.txt"), 9)],
  ])("gives a literal with %s", (_name, packet) => {
    expect(extract(openpgpExtractor, packet).entries).toEqual([
      { name: "letter.txt", bytes: CONTENT, origin: "entry" },
    ]);
  });

  test("gives the packets that are compressed, up to what is allowed", () => {
    const packed = newPacket(8, Buffer.concat([Buffer.of(1), deflateRawSync(LITERAL)]));
    expect(extract(openpgpExtractor, packed).entries.map(({ bytes }) => bytes.equals(LITERAL))).toEqual([true]);
    const { entries, reasons } = extract(openpgpExtractor, packed, { limits: { archiveBytes: 1_000 } });
    expect([entries[0]?.bytes.length, reasons]).toEqual([1_000, ["limit-bytes: OpenPGP compressed data"]]);
    const bzip2 = Buffer.from("BZh9 and so on");
    expect(extract(openpgpExtractor, newPacket(8, Buffer.concat([Buffer.of(3), bzip2]))).entries[0]?.bytes).toEqual(
      bzip2,
    );
  });

  test.each([
    ["to a key", Buffer.concat([oldPacket(1, sessionKeyBody(), 2), newPacket(18, protectedBody())])],
    [
      "with a word",
      Buffer.concat([
        newPacket(3, Buffer.from("040900", "hex")),
        newPacket(3, Buffer.from("04090308aabbccddeeff001160", "hex")),
        newPacket(18, protectedBody()),
      ]),
    ],
    ["without integrity", Buffer.concat([oldPacket(1, sessionKeyBody(), 2), oldPacket(9, randomBytes(100), 0)])],
    ["to a key that is not there", newPacket(18, protectedBody())],
    [
      "in partial bodies",
      Buffer.concat([
        oldPacket(1, sessionKeyBody(), 2),
        partialPacket(18, Buffer.concat([Buffer.of(1), randomBytes(5_000)]), 9),
      ]),
    ],
  ])("names what is encrypted %s", (_name, packets) => {
    const { entries, reasons } = extract(openpgpExtractor, packets.subarray(packets[1] === 3 ? 5 : 0));
    expect([entries, reasons]).toEqual([[], ["encrypted: OpenPGP encrypted data"]]);
  });

  test("gives nothing for signatures and keys", () => {
    const key = Buffer.concat([
      newPacket(6, Buffer.concat([Buffer.of(4), randomBytes(50)])),
      newPacket(13, Buffer.from("a@example.org")),
    ]);
    for (const packets of [newPacket(2, signatureBody()), key, Buffer.concat([key, newPacket(2, signatureBody())])]) {
      expect(extract(openpgpExtractor, packets)).toMatchObject({ entries: [], reasons: [] });
    }
  });

  test("takes chance for nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 30, maxLength: 200 }), (octets) => {
        const { reasons } = extract(openpgpExtractor, Buffer.from(octets));
        expect(reasons.filter((reason) => reason.startsWith("damaged"))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("bears any octets changed", () => {
    const samples = [
      LITERAL.subarray(0, 300),
      newPacket(8, Buffer.concat([Buffer.of(1), deflateRawSync(LITERAL)])),
      partialPacket(11, literalBody(CONTENT.subarray(0, 200)), 4),
    ];
    const change = fc.tuple(fc.nat(100), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.array(change, { maxLength: 8 }), (sample, changes) => {
        const changed = Buffer.from(sample);
        for (const [position, octet] of changes) if (position < changed.length) changed[position] = octet;
        expect(extract(openpgpExtractor, changed).entries.length).toBeLessThan(50);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("openpgpArmorExtractor", () => {
  test("names messages that are no packets, and no others", () => {
    const reasons = (text: string): string[] => extract(openpgpArmorExtractor, Buffer.from(text)).reasons;
    expect(reasons(armored(Buffer.alloc(90, 0x41)))).toEqual(["encrypted: OpenPGP message that can not be read"]);
    expect(reasons(armored(LITERAL))).toEqual([]);
    expect(reasons(armored(oldPacket(1, sessionKeyBody(), 2)))).toEqual([]);
    expect(reasons("The line -----BEGIN PGP MESSAGE----- begins it.")).toEqual([]);
  });
});

describe("cleartextSignatureExtractor", () => {
  test("takes escapes away, and gives nothing where there are none", () => {
    const signed = (text: string): string =>
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}\n${armored(newPacket(2, signatureBody()), "SIGNATURE")}`;
    const { entries } = extract(cleartextSignatureExtractor, Buffer.from(signed("- a\nb - c\n- - d\n")));
    expect(entries.map(({ bytes }) => bytes.toString())).toEqual(["\nHash: SHA256\n\na\nb - c\n- d\n\n"]);
    expect(extract(cleartextSignatureExtractor, Buffer.from(signed("a - b\nc\n"))).entries).toEqual([]);
  });
});

describe("scan()", () => {
  test("is clean for signed mail and for keys", () => {
    const contentType = "multipart/signed; protocol=application/pgp-signature; micalg=pgp-sha512; boundary=foo";
    const signature = armored(newPacket(2, signatureBody()), "SIGNATURE");
    const signed = buildMail({
      contentType,
      partFields: ["Content-Type: application/pgp-signature; name=signature.asc"],
      body: signature,
    });
    expect(judgeContent(signed)).toEqual({ kind: "clean", detections: [], reasons: [] });
    const key = armored(newPacket(6, Buffer.concat([Buffer.of(4), randomBytes(200)])), "PUBLIC KEY BLOCK");
    expect(judgeContent(buildMail({ partFields: ["Content-Type: application/pgp-keys"], body: key })).kind).toBe(
      "clean",
    );
  });

  test("is incomplete for an encrypted message in the text", () => {
    const body = armored(Buffer.concat([oldPacket(1, sessionKeyBody(), 2), newPacket(18, protectedBody())]));
    const { kind, reasons } = judgeContent(buildMail({ partFields: ["Content-Type: text/plain"], body }));
    expect([kind, reasons.map(({ code }) => code)]).toEqual(["incomplete", ["encrypted"]]);
  });
});
