import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { programLimits } from "../../../../../src/core/scan-limits.ts";
import { packedProgramExtractor } from "../../../../../src/scan/extractors/programs/packed-program.ts";
import {
  buildDecodingProgram,
  buildProgram,
  CODE,
  IMAGE_BASE,
  IMPORTS,
  word,
} from "../../../../support/build-program.ts";
import { extract } from "../../../../support/extract.ts";

const SECRET = Buffer.from("what the program carries, and nobody sees before it runs: 0123456789 0123456789");

describe("packedProgramExtractor", () => {
  test("gives what a program makes of itself", () => {
    const { entries, reasons } = extract(packedProgramExtractor, buildDecodingProgram(SECRET, 0x77));
    expect(entries.some(({ bytes }) => bytes.includes(SECRET))).toBe(true);
    expect(reasons).toEqual([]);
  });

  test("gives what a program puts into memory that it asks for", () => {
    // push 40h, 3000h, 1000h, 0; call [VirtualAlloc]; mov edi, eax; mov esi, data; mov ecx, n
    // again: lodsb; xor al, 0aah; stosb; loop again; ret
    const code = Buffer.concat([
      Buffer.from("6a4068003000006800100000 6a00 ff15".replaceAll(" ", ""), "hex"),
      word(IMPORTS),
      Buffer.from("89c7be", "hex"),
      word(CODE + 0x40),
      Buffer.from("b9", "hex"),
      word(SECRET.length),
      Buffer.from("ac34aaaae2fac3", "hex"),
    ]);
    const data = Buffer.from(SECRET.map((octet) => octet ^ 0xaa));
    const program = buildProgram({ code: Buffer.concat([code], 0x40), data, imports: ["VirtualAlloc"] });
    expect(extract(packedProgramExtractor, program).entries.some(({ bytes }) => bytes.includes(SECRET))).toBe(true);
  });

  test("follows a program into the handler of an exception that it provokes", () => {
    // push handler; push fs:[0]; mov fs:[0], esp; xor eax, eax; mov [eax], eax
    const start = Buffer.concat([
      Buffer.from([0x68]),
      word(CODE + 0x40),
      Buffer.from("64ff350000000064892500000000 31c0 8900".replaceAll(" ", ""), "hex"),
    ]);
    // handler: mov eax, [esp+12]; mov dword [eax+0b8h], decoder; xor eax, eax; ret
    const handler = Buffer.concat([
      Buffer.from("8b44240cc780b8000000", "hex"),
      word(CODE + 0x80),
      Buffer.from("31c0c3", "hex"),
    ]);
    const decoder = Buffer.concat([
      Buffer.from([0xbe]),
      word(CODE + 0xc0),
      Buffer.from([0xb9]),
      word(SECRET.length),
      Buffer.from("80365546e2fac3", "hex"),
    ]);
    const code = Buffer.concat([
      Buffer.concat([start], 0x40),
      Buffer.concat([handler], 0x40),
      Buffer.concat([decoder], 0x40),
    ]);
    const program = buildProgram({ code, data: Buffer.from(SECRET.map((octet) => octet ^ 0x55)) });
    expect(extract(packedProgramExtractor, program).entries.some(({ bytes }) => bytes.includes(SECRET))).toBe(true);
  });

  test("leaves programs alone whose code can not be written to", () => {
    const program = buildProgram({ code: Buffer.from([0xc3]), isWritable: false });
    expect(packedProgramExtractor.matches({ bytes: program, origin: "decoded", name: "" })).toBe(false);
  });

  test("does not unpack what it has unpacked", () => {
    const bytes = buildDecodingProgram(SECRET, 1);
    const content = { bytes, origin: "entry" as const, name: "", container: packedProgramExtractor.name };
    expect(packedProgramExtractor.matches(content)).toBe(false);
  });

  test("gives up a program that unpacks itself without end, and says so", () => {
    const start = performance.now();
    // again: inc dword [data]; jmp again
    const code = Buffer.concat([Buffer.from("ff05", "hex"), word(CODE + 0x40), Buffer.from("ebf8", "hex")]);
    const { reasons } = extract(packedProgramExtractor, buildProgram({ code: Buffer.concat([code], 0x80) }));
    expect(reasons).toEqual(["limit-time: a packed program that takes long to unpack itself"]);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test("says nothing of a program that goes on and on after it has unpacked itself", () => {
    // mov dword [target], 90909090h; mov word [target+4], 0faebh; jmp target
    const code = Buffer.concat([
      Buffer.from("c705", "hex"),
      word(CODE + 0x100),
      Buffer.from("9090909066c705", "hex"),
      word(CODE + 0x104),
      Buffer.from("ebfa", "hex"),
      Buffer.from("e9", "hex"),
      word(0x100 - 0x18),
    ]);
    expect(extract(packedProgramExtractor, buildProgram({ code: Buffer.concat([code], 0x200) })).reasons).toEqual([]);
  });

  test("stops when the time is up", () => {
    const code = Buffer.from("ebfe", "hex");
    expect(extract(packedProgramExtractor, buildProgram({ code }), { outOfTime: true }).reasons).toHaveLength(1);
  });

  test("leaves programs alone that are too large or no programs", () => {
    const program = buildDecodingProgram(SECRET, 1);
    const huge = Buffer.from(program);
    huge.writeUInt32LE(programLimits.imageBytes + 1, 0x90);
    for (const bytes of [huge, program.subarray(0, 60), Buffer.from("MZ"), Buffer.alloc(0)]) {
      expect(packedProgramExtractor.matches({ bytes, origin: "decoded", name: "" })).toBe(false);
    }
  });

  test("bears programs with any octets changed", () => {
    const program = buildDecodingProgram(SECRET, 0x33);
    const change = fc.tuple(fc.nat(0x300), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
        const changed = Buffer.from(program);
        for (const [position, octet] of changes) changed[position] = octet;
        expect(extract(packedProgramExtractor, changed).entries.length).toBeLessThan(3);
      }),
      { numRuns: 30 },
    );
  });

  test("has its image where the program expects it", () => {
    // mov eax, [image base]; cmp ax, "MZ"; jne end; inc byte [data] …
    const code = Buffer.concat([
      Buffer.from("a1", "hex"),
      word(IMAGE_BASE),
      Buffer.from("663d4d5a7511be", "hex"),
      word(CODE + 0x40),
      Buffer.from("b9", "hex"),
      word(SECRET.length),
      Buffer.from("fe0e46e2fbc3", "hex"),
    ]);
    const data = Buffer.from(SECRET.map((octet) => octet + 1));
    const program = buildProgram({ code: Buffer.concat([code], 0x40), data });
    expect(extract(packedProgramExtractor, program).entries.some(({ bytes }) => bytes.includes(SECRET))).toBe(true);
  });
});
