import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { executeInstruction } from "../../../../../src/scan/extractors/programs/x86-execute.ts";
import { MemoryFault, X86Memory } from "../../../../../src/scan/extractors/programs/x86-memory.ts";
import {
  EAX,
  EBX,
  ECX,
  EDI,
  EDX,
  ESI,
  ESP,
  X86Processor,
} from "../../../../../src/scan/extractors/programs/x86-processor.ts";

const CODE = 0x1000;
const DATA = 0x2000;

describe("executeInstruction()", () => {
  test.each<[string, string, Partial<Record<"eax" | "ecx" | "edx" | "ebx", number>>, Partial<Record<string, unknown>>]>(
    [
      ["mov eax, imm; add eax, imm", "b8ffffffff 83c001", {}, { eax: 0, carry: true, zero: true, overflow: false }],
      ["add al, imm", "b07f 0401", {}, { eax: 0x80, sign: true, overflow: true, carry: false }],
      ["adc", "f9 b801000000 83d001", {}, { eax: 3, carry: false }],
      ["sub", "b801000000 83e802", {}, { eax: -1, carry: true, sign: true, zero: false }],
      ["sbb ax, ax", "f9 6619c0", { eax: 0x12345678 }, { eax: 0x1234ffff, carry: true }],
      ["cmp", "b805000000 83f805", {}, { eax: 5, zero: true }],
      ["xor ah, al", "30c4", { eax: 0x1234 }, { eax: 0x2634, parity: false }],
      ["inc keeps the carry", "f9 40", { eax: -1 }, { eax: 0, carry: true, zero: true }],
      ["dec cl", "fec9", { ecx: 0x100 }, { ecx: 0x1ff }],
      ["neg", "f7d8", { eax: 5 }, { eax: -5, carry: true }],
      ["not dl", "f6d2", { edx: 0x10f }, { edx: 0x1f0 }],
      ["mul", "f7e1", { eax: -1, ecx: -1 }, { eax: 1, edx: -2, carry: true }],
      ["imul of three", "69c1e8030000", { ecx: -3 }, { eax: -3000 }],
      ["imul of two", "0fafc1", { eax: 0x10000, ecx: 0x10000 }, { eax: 0, overflow: true }],
      ["div", "f7f1", { eax: 17, edx: 0, ecx: 5 }, { eax: 3, edx: 2 }],
      ["idiv", "99 f7f9", { eax: -17, ecx: 5 }, { eax: -3, edx: -2 }],
      ["div of bytes", "f6f1", { eax: 0x0111, ecx: 0x10 }, { eax: 0x0111 }],
      ["shl", "c1e004", { eax: 0x90000001 | 0 }, { eax: 0x10, carry: true }],
      ["shr", "d1e8", { eax: 0x80000003 | 0 }, { eax: 0x40000001, carry: true, overflow: true }],
      ["sar", "c1f804", { eax: 0x80000000 | 0 }, { eax: 0xf8000000 | 0 }],
      ["rol", "c1c008", { eax: 0x12345678 }, { eax: 0x34567812 }],
      ["ror al", "c0c804", { eax: 0x12 }, { eax: 0x21 }],
      ["rcl", "f9 d1d0", { eax: 0x80000000 | 0 }, { eax: 1, carry: true }],
      ["rcr", "f9 d1d8", { eax: 2 }, { eax: 0x80000001 | 0, carry: false }],
      ["shld", "0fa4d008", { eax: 0x11223344, edx: 0x55667788 }, { eax: 0x22334455 }],
      ["shrd", "0facd008", { eax: 0x11223344, edx: 0x55667788 }, { eax: 0x88112233 | 0 }],
      ["bswap", "0fc8", { eax: 0x12345678 }, { eax: 0x78563412 }],
      ["movzx", "0fb6c4", { eax: 0xabcd }, { eax: 0xab }],
      ["movsx", "0fbec0", { eax: 0x80 }, { eax: -128 }],
      ["setc", "f9 0f92c0", { eax: 0x1100 }, { eax: 0x1101 }],
      ["cmovz", "31c0 0f44c1", { eax: 1, ecx: 7 }, { eax: 7 }],
      ["bsf", "0fbcc1", { ecx: 0x40 }, { eax: 6, zero: false }],
      ["bsr", "0fbdc1", { ecx: 0x4f }, { eax: 6 }],
      ["bt", "0fbae003", { eax: 8 }, { carry: true }],
      ["xadd", "0fc1c8", { eax: 3, ecx: 4 }, { eax: 7, ecx: 3 }],
      ["cmpxchg", "0fb1ca", { eax: 5, edx: 5, ecx: 9 }, { edx: 9, zero: true }],
      ["cdq", "99", { eax: -1 }, { edx: -1 }],
      ["cwde", "98", { eax: 0x8000 }, { eax: -32768 }],
      ["salc", "f9 d6", {}, { eax: 0xff }],
      ["xchg", "91", { eax: 1, ecx: 2 }, { eax: 2, ecx: 1 }],
      ["lea", "8d444b05", { ebx: 0x100, ecx: 3 }, { eax: 0x10b }],
      ["push and pop", "50 59", { eax: 42 }, { ecx: 42 }],
      ["push and pop of 16 bits", "6650 6659", { eax: 0x1234, ecx: 0x50000 }, { ecx: 0x51234 }],
      ["pushfd", "f9 9c 58", {}, { eax: 0x203 }],
      ["lahf", "f9 9f", {}, { eax: 0x300 }],
      ["loop", "b903000000 40 e2fd", {}, { eax: 3, ecx: 0 }],
      ["jcxz", "31c9 e301 40", {}, { eax: 0 }],
      ["call and ret", "e802000000 eb02 40 c3", {}, { eax: 1 }],
    ],
  )("executes %s", (_name, hex, before, after) => {
    const cpu = run(hex, before);
    expect(stateOf(cpu)).toMatchObject(after);
  });

  test("repeats string instructions in either direction", () => {
    const cpu = processor("f3a4");
    cpu.memory.write32(DATA, 0x64636261);
    setRegisters(cpu, { [ESI]: DATA, [EDI]: DATA + 8, [ECX]: 4 });
    step(cpu, 1);
    expect(cpu.memory.readText(DATA + 8, 9)).toBe("abcd");
    const back = processor("fd f3a4");
    back.memory.write32(DATA, 0x64636261);
    setRegisters(back, { [ESI]: DATA + 3, [EDI]: DATA + 11, [ECX]: 4 });
    step(back, 2);
    expect(back.memory.readText(DATA + 8, 9)).toBe("abcd");
  });

  test("stops a comparison where it differs", () => {
    const cpu = processor("f2ae");
    cpu.memory.write32(DATA, 0x64636261);
    setRegisters(cpu, { [EDI]: DATA, [ECX]: 9, [EAX]: 0x63 });
    step(cpu, 1);
    expect([cpu.registers[EDI], cpu.registers[ECX], cpu.zero]).toEqual([DATA + 3, 6, true]);
  });

  test("interrupts a long repetition and goes on with it", () => {
    const cpu = processor("f3aa");
    setRegisters(cpu, { [EDI]: DATA, [ECX]: 25, [EAX]: 0x41 });
    for (let round = 0; round < 3; round += 1) executeInstruction(cpu, 10);
    expect(cpu.registers[ECX]).toBe(0);
    expect(cpu.memory.readText(DATA, 40)).toBe("A".repeat(25));
  });

  test("addresses memory by base, index and scale, and by FS", () => {
    const cpu = processor("8b448b04 64a118000000");
    cpu.threadBase = DATA + 0x40;
    cpu.memory.write32(DATA + 4 + 12, 77);
    cpu.memory.write32(DATA + 0x58, 88);
    setRegisters(cpu, { [EBX]: DATA, [ECX]: 3 });
    step(cpu, 1);
    expect(cpu.registers[EAX]).toBe(77);
    step(cpu, 1);
    expect(cpu.registers[EAX]).toBe(88);
  });

  test.each([
    ["a breakpoint", "cc", "breakpoint"],
    ["int 3", "cd03", "breakpoint"],
    ["another interrupt", "cd2e", "interrupt"],
    ["a privileged instruction", "f4", "privileged"],
    ["an unknown one", "0f0b", "unknown"],
  ])("tells %s", (_name, hex, end) => {
    expect(executeInstruction(processor(hex), 10)).toBe(end);
  });

  test("throws a fault where there is no memory", () => {
    expect(() => executeInstruction(processor("a100000000"), 10)).toThrow(MemoryFault);
    expect(() => run("f7f1", { eax: 1, ecx: 0 })).toThrow();
    expect(() => run("f7f1", { eax: 1, edx: 5, ecx: 2 })).toThrow();
  });

  test("bears any code", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 64 }), (code) => {
        const cpu = processor(Buffer.from(code).toString("hex"));
        setRegisters(cpu, { [ESI]: DATA, [EDI]: DATA + 64, [EBX]: DATA });
        try {
          for (let count = 0; count < 50; count += 1) executeInstruction(cpu, 100);
        } catch (error) {
          const { name } = (error as Error).constructor;
          expect(["MemoryFault", "DivideError"]).toContain(name);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

function processor(hex: string): X86Processor {
  const memory = new X86Memory();
  const code = Buffer.from(hex.replaceAll(" ", ""), "hex");
  memory.add(CODE, Buffer.concat([code], Math.max(0x100, code.length)));
  memory.add(DATA, Buffer.alloc(0x400));
  const cpu = new X86Processor(memory);
  cpu.eip = CODE;
  cpu.registers[ESP] = DATA + 0x300;
  return cpu;
}

function setRegisters(cpu: X86Processor, values: Readonly<Record<number, number>>): void {
  for (const [register, value] of Object.entries(values)) cpu.registers[Number(register)] = value;
}

function step(cpu: X86Processor, count: number): void {
  for (let index = 0; index < count; index += 1) expect(executeInstruction(cpu, 1000)).toBe("done");
}

/** Until the end of the code. */
function run(hex: string, before: Partial<Record<"eax" | "ecx" | "edx" | "ebx", number>>): X86Processor {
  const cpu = processor(hex);
  const { eax = 0, ecx = 0, edx = 0, ebx = 0 } = before;
  setRegisters(cpu, { [EAX]: eax, [ECX]: ecx, [EDX]: edx, [EBX]: ebx });
  const end = CODE + hex.replaceAll(" ", "").length / 2;
  for (let count = 0; count < 50 && cpu.eip < end; count += 1) executeInstruction(cpu, 1000);
  return cpu;
}

function stateOf(cpu: X86Processor): Record<string, unknown> {
  const { carry, zero, sign, overflow, parity } = cpu;
  const [eax, ecx, edx, ebx] = cpu.registers;
  return { eax, ecx, edx, ebx, carry, zero, sign, overflow, parity };
}
