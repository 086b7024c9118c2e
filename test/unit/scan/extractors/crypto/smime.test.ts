import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { smimeExtractor } from "../../../../../src/scan/extractors/crypto/smime.ts";
import {
  ber,
  compressedData,
  contentInfo,
  der,
  detachedSignature,
  encryptedData,
  OID,
  segmented,
  signedData,
} from "../../../../support/build-cms.ts";
import { judgeContent } from "../../../../support/content-scanner.ts";
import { buildMail } from "../../../../support/evasion.ts";
import { extract } from "../../../../support/extract.ts";

const CONTENT = Buffer.from("Content-Type: text/plain\r\n\r\nsigned words\r\n");

describe("smimeExtractor", () => {
  test.each([
    ["DER", signedData(der(4, CONTENT))],
    ["BER", signedData(ber(0x24, der(4, CONTENT)), ber)],
    ["segments of one octet", signedData(segmented(CONTENT, 1), ber)],
    ["octets behind it", Buffer.concat([signedData(der(4, CONTENT)), Buffer.alloc(50)])],
    ["data alone", contentInfo(OID.data, der(4, CONTENT))],
  ])("gives what is signed in %s", (_name, message) => {
    expect(extract(smimeExtractor, message).entries.map(({ bytes }) => bytes.toString())).toEqual([CONTENT.toString()]);
  });

  test.each([
    ["enveloped", "enveloped data"],
    ["authenticated", "authenticated enveloped data"],
    ["encrypted", "encrypted data"],
  ] as const)("names %s data", (type, name) => {
    expect(extract(smimeExtractor, encryptedData(type)).reasons).toEqual([`encrypted: S/MIME ${name}`]);
  });

  test("names what is encrypted within what is signed", () => {
    const message = signedData(der(4, encryptedData("enveloped")), der, OID.signed);
    expect(extract(smimeExtractor, message).reasons).toEqual(["encrypted: S/MIME enveloped data"]);
  });

  test("decompresses up to what is allowed, and says when there is more", () => {
    const message = compressedData(deflateSync(Buffer.alloc(100_000, "ab")));
    expect(extract(smimeExtractor, message).entries[0]?.bytes.length).toBe(100_000);
    const { entries, reasons } = extract(smimeExtractor, message, { limits: { archiveBytes: 1_000 } });
    expect([entries[0]?.bytes.length, reasons]).toEqual([1_000, ["limit-bytes: S/MIME compressed data"]]);
    expect(extract(smimeExtractor, compressedData(Buffer.from("no zlib"))).reasons).toEqual([
      "unsupported: S/MIME compressed data",
    ]);
    expect(extract(smimeExtractor, message, { limits: { entries: 0 } }).reasons).toEqual([
      "limit-entries: more than 0 entries",
    ]);
  });

  test("gives nothing for signatures, and for other content that begins alike", () => {
    for (const bytes of [
      detachedSignature(),
      der(0x30, der(2, Buffer.of(3)), der(4, CONTENT)),
      Buffer.from("0\x82"),
      Buffer.from("0"),
    ]) {
      expect(extract(smimeExtractor, bytes)).toMatchObject({ entries: [], reasons: [] });
    }
  });

  test("bears any octets changed", () => {
    const samples = [
      signedData(segmented(CONTENT, 5), ber),
      compressedData(deflateSync(CONTENT)),
      signedData(der(4, signedData(der(4, CONTENT))), der, OID.signed),
    ];
    const change = fc.tuple(fc.nat(250), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.array(change, { maxLength: 10 }), (sample, changes) => {
        const changed = Buffer.from(sample);
        for (const [position, octet] of changes) if (position < changed.length) changed[position] = octet;
        expect(extract(smimeExtractor, changed).entries.length).toBeLessThan(2);
      }),
      { numRuns: 1_000 },
    );
  });

  test("takes no longer than its share for elements inside each other", () => {
    const deep = Buffer.concat([
      Buffer.from("308006092a864886f70d010702a080", "hex"),
      Buffer.alloc(400_000, "3080", "hex"),
    ]);
    const wide = Buffer.concat([
      Buffer.from("308006092a864886f70d010702a0803080", "hex"),
      Buffer.alloc(400_000, "0400", "hex"),
    ]);
    const before = process.cpuUsage();
    for (const bytes of [deep, wide]) extract(smimeExtractor, bytes);
    expect(process.cpuUsage(before).user).toBeLessThan(1_500_000);
  });
});

describe("scan()", () => {
  test("is clean for a mail with a detached signature", () => {
    const signature = detachedSignature().toString("base64").replace(/.{64}/g, "$&\r\n");
    const fields = ["Content-Type: application/pkcs7-signature; name=smime.p7s", "Content-Transfer-Encoding: base64"];
    const contentType = "multipart/signed; protocol=application/pkcs7-signature; micalg=sha-256; boundary=foo";
    expect(judgeContent(buildMail({ contentType, partFields: fields, body: signature })).kind).toBe("clean");
  });

  test("is incomplete for a mail that is encrypted, whatever it declares", () => {
    const body = encryptedData("enveloped").toString("base64");
    for (const type of ["application/pkcs7-mime", "application/octet-stream"]) {
      const verdict = judgeContent(
        buildMail({ partFields: [`Content-Type: ${type}`, "Content-Transfer-Encoding: base64"], body }),
      );
      expect([verdict.kind, verdict.reasons.map(({ code }) => code)]).toEqual(["incomplete", ["encrypted"]]);
    }
  });
});
