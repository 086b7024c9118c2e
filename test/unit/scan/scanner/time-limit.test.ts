import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { scanLimits } from "../../../../src/core/scan-limits.ts";
import { createSignatureEngine } from "../../../../src/scan/engines/signatures/signature-engine.ts";
import { createScanner } from "../../../../src/scan/scanner.ts";
import { armored, newPacket } from "../../../support/build-openpgp.ts";
import { binhex } from "../../../support/build-text-encodings.ts";
import { eicar } from "../../../support/eicar.ts";

const HARMLESS = Buffer.from("a report like any other");

describe("a scan whose time runs out", () => {
  test.each([
    ["OpenPGP packets", armored(Buffer.concat([compressed(HARMLESS), compressed(eicar())]))],
    ["BinHex files", `${binhex("a.txt", HARMLESS)}\r\n${binhex("a.com", eicar())}`],
  ])("is never clean, wherever in %s that happens", (_name, text) => {
    const message = Buffer.from(`Subject: x\r\n\r\n${text}\r\n`, "latin1");
    let asked = 0;
    expect(kindOf(message, () => asked++ < 0)).toBe("infected");
    const kinds = new Set<string>();
    for (let count = 1; count <= asked; count += 1) {
      let left = count;
      kinds.add(kindOf(message, () => left-- <= 0));
    }
    expect([...kinds].toSorted()).toEqual(["incomplete", "infected"]);
  });
});

/** The verdict when the time is up as soon as `isOver` says so. */
function kindOf(message: Buffer, isOver: () => boolean): string {
  const clock = { now: () => 0, monotonic: () => (isOver() ? Number.POSITIVE_INFINITY : 0) };
  return createScanner({ engines: [createSignatureEngine()], options: scanLimits, clock }).scan(message).verdict.kind;
}

function compressed(content: Buffer): Buffer {
  const literal = newPacket(11, Buffer.concat([Buffer.from("b\0\0\0\0\0", "latin1"), content]));
  return newPacket(8, Buffer.concat([Buffer.of(1), deflateRawSync(literal)]));
}
