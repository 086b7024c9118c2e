import fc from "fast-check";
import { expect, test } from "vitest";
import { GatheredOctets } from "../../../../src/scan/gathered-octets.ts";

test("GatheredOctets has what was added, whatever the pieces are", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
      const gathered = new GatheredOctets();
      for (const piece of pieces) gathered.add(piece);
      const expected = Buffer.concat(pieces);
      expect(gathered.length).toBe(expected.length);
      expect(gathered.bytes.equals(expected)).toBe(true);
    }),
  );
});

test("GatheredOctets keeps nothing of the memory that pieces are views of", () => {
  const gathered = new GatheredOctets();
  for (let index = 0; index < 100; index += 1) {
    const received = new Uint8Array(64 * 1024).fill(index);
    gathered.add(received.subarray(7, 8));
    // The next piece may be received into the same memory.
    received.fill(0xff);
    expect(gathered.bytes.buffer).not.toBe(received.buffer);
  }
  expect([...gathered.bytes]).toEqual([...Array(100).keys()]);
});
