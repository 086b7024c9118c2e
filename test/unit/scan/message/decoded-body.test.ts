import { describe, expect, test } from "vitest";
import { decodeBody, type EncodedContent, structuredReadings } from "../../../../src/scan/decoded-body.ts";

const PLAIN: EncodedContent = { encodings: [], type: "text/plain", typeTexts: ["text/plain"], fileName: "a.txt" };

describe("decodeBody()", () => {
  test("leaves a body without an encoding alone", () => {
    expect(decodeBody(PLAIN, Buffer.from("QUJD"))).toMatchObject({ origin: "text", readings: [], ambiguities: [] });
  });

  test("decodes by every encoding there is", () => {
    const { origin, readings } = decodeBody(
      { ...PLAIN, encodings: ["base64", "quoted-printable"] },
      Buffer.from("QUJD=44"),
    );
    expect(origin).toBe("quoted");
    expect(readings.map(({ name, bytes }) => [name, bytes.toString("latin1")])).toContainEqual(["a.txt", "QUJDD"]);
    expect(readings.some(({ bytes }) => bytes.toString("latin1").startsWith("ABC"))).toBe(true);
  });

  test("says that plain base64 holds nothing else", () => {
    expect(decodeBody({ ...PLAIN, encodings: ["base64"] }, Buffer.from("QUJD")).origin).toBe("encoded");
  });

  test("names what uuencode names", () => {
    const { readings } = decodeBody({ ...PLAIN, encodings: ["uuencode"] }, Buffer.from("begin 644 cat\n#0V%T\nend"));
    expect(readings.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([["cat", "Cat"]]);
  });

  test("tells what is ambiguous", () => {
    const encodings = ["base64", "quoted-printable"] as const;
    expect(decodeBody({ ...PLAIN, encodings }, Buffer.from("QUJD!=4=\r\n1")).ambiguities).toEqual([
      "base64",
      "quoted-printable",
    ]);
  });
});

describe("structuredReadings()", () => {
  const readings = [{ name: "", bytes: Buffer.from("--b\r\n\r\none") }];

  test("makes nothing of content that has no parts", () => {
    expect(structuredReadings(PLAIN, readings)).toEqual([]);
  });

  test("puts the type before the content of a multipart or message", () => {
    const typeTexts = ["multipart/mixed; boundary=b"];
    const [made] = structuredReadings({ ...PLAIN, type: "multipart/mixed", typeTexts }, readings);
    expect(made?.bytes.toString()).toBe("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none");
    const [message] = structuredReadings({ ...PLAIN, type: "message/rfc822", typeTexts: [] }, readings);
    expect(message?.bytes.toString()).toBe("Content-Type: message/rfc822\r\n\r\n--b\r\n\r\none");
  });
});
