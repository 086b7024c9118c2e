import { expect, test } from "vitest";
import type { Origin, Piece } from "../../../../src/scan/engine.ts";
import { packPieces, unpackPieces } from "../../../../src/scan/remote/packed-pieces.ts";

const message = Buffer.from("Subject: x\r\n\r\nplain text and \u0000\u0001 a program");

test("packPieces() hands on what is not in the message as it stands, and unpackPieces() brings it back", () => {
  const pieces = [piece(Buffer.from("decoded")), piece(Buffer.from("an entry"), "entry", "2", ["a.zip", "b.exe"])];
  const packed = packPieces(message, pieces, false);
  expect(unpackPieces(structuredClone(packed))).toEqual([
    { places: [{ part: "1", path: [] }], bytes: Buffer.from("decoded") },
    { places: [{ part: "2", path: ["a.zip", "b.exe"] }], bytes: Buffer.from("an entry") },
  ]);
  expect(packed.isCut).toBe(false);
});

test("packPieces() leaves out text that stands in the message, and keeps what is no text", () => {
  const text = piece(message.subarray(14, 24), "text");
  const program = piece(message.subarray(14), "text");
  expect(contents([text])).toEqual([]);
  expect(contents([program])).toEqual([message.subarray(14)]);
});

test("packPieces() leaves out text that is a part of what is handed on already", () => {
  const outer = Buffer.from("a container with a text in it");
  expect(contents([piece(outer), piece(outer.subarray(17, 21), "entry")])).toEqual([outer]);
});

test("packPieces() leaves out quoted text, whose decoding is a piece of its own", () => {
  expect(contents([piece(Buffer.from("a=3Db\u0000"), "quoted")])).toEqual([]);
});

test("packPieces() hands on equal octets once, with every place", () => {
  const pieces = [piece(Buffer.from("same"), "decoded", "1"), piece(Buffer.from("same"), "decoded", "2", ["b"])];
  expect(unpackPieces(packPieces(message, pieces, true))).toEqual([
    {
      places: [
        { part: "1", path: [] },
        { part: "2", path: ["b"] },
      ],
      bytes: Buffer.from("same"),
    },
  ]);
  expect(packPieces(message, pieces, true).isCut).toBe(true);
});

test("packPieces() hands on different octets of equal length apart", () => {
  expect(contents([piece(Buffer.from("one")), piece(Buffer.from("two"))])).toHaveLength(2);
});

function contents(pieces: readonly Piece[]): Buffer[] {
  return unpackPieces(packPieces(message, pieces, false)).map(({ bytes }) => bytes);
}

function piece(bytes: Buffer, origin: Origin = "decoded", part = "1", path: readonly string[] = []): Piece {
  return { content: { bytes, origin, name: "" }, part, path };
}
