import { expect, test } from "vitest";
import { engineLimits } from "../../../../src/core/scan-limits.ts";
import { walkMessage } from "../../../../src/mime/walk.ts";
import { WalkAllowance } from "../../../../src/mime/walk-allowance.ts";
import { collectPieces } from "../../../../src/scan/collected-pieces.ts";
import type { Content } from "../../../../src/scan/engine.ts";
import type { Place } from "../../../../src/scan/inspection.ts";

const { root } = walkMessage(Buffer.from("Subject: x\r\n\r\n"), new WalkAllowance(10));
const place = (part: string): Place => ({ entity: root, part, path: [], depth: 0 });
const content = (bytes: Buffer, name = ""): Content => ({ bytes, origin: "decoded", name });

test("collectPieces() takes the same stretch of the same memory once", () => {
  const collected = collectPieces();
  const memory = Buffer.from(new ArrayBuffer(10));
  for (const bytes of [memory, memory.subarray(0, 10), memory.subarray(1), Buffer.from(new ArrayBuffer(10))]) {
    collected.add(content(bytes), place("1"));
  }
  collected.add(content(memory), place("2"));
  collected.add(content(memory, "a.exe"), place("1"));
  expect(collected.pieces.map(({ part, content: { bytes, name } }) => [part, bytes.length, name])).toEqual([
    ["1", 10, ""],
    ["1", 9, ""],
    ["1", 10, ""],
    ["2", 10, ""],
    ["1", 10, "a.exe"],
  ]);
  expect(collected.isCut).toBe(false);
});

test("collectPieces() says when there are more than it takes", () => {
  const many = collectPieces();
  const octets = Buffer.from(new ArrayBuffer(engineLimits.collectedPieces + 1));
  for (let index = 0; index < engineLimits.collectedPieces; index += 1) {
    many.add(content(octets.subarray(index, index + 1)), place("1"));
  }
  expect(many.isCut).toBe(false);
  many.add(content(octets), place("1"));
  expect([many.isCut, many.pieces.length]).toEqual([true, engineLimits.collectedPieces]);
  const large = collectPieces();
  large.add(content(Buffer.from(new ArrayBuffer(engineLimits.collectedBytes))), place("1"));
  expect(large.isCut).toBe(false);
  large.add(content(octets), place("1"));
  expect([large.isCut, large.pieces.length]).toEqual([true, 1]);
});
