/** A program of Windows as it is when it starts: its image in memory, its functions bound, a stack, and the blocks by
 *  which it knows its thread and itself. Executed until it ends, fails, or has had enough. */

import type { PortableExecutable } from "./portable-executable.ts";
import { callFunction, FUNCTION_NAMES, type FunctionHost } from "./windows-functions.ts";
import {
  BLOCKS_START,
  buildBlocks,
  buildSystemModule,
  FUNCTIONS_END,
  FUNCTIONS_START,
  MAX_FUNCTIONS,
  PROCESS_BLOCK,
  STUB_BYTES,
  SYSTEM_MODULE,
  THREAD_BLOCK,
} from "./windows-system.ts";
import { DivideError } from "./x86-arithmetic.ts";
import { executeInstruction, type InstructionEnd } from "./x86-execute.ts";
import { MemoryFault, X86Memory } from "./x86-memory.ts";
import { EAX, EBP, EBX, ECX, EDI, EDX, ESI, ESP, X86Processor } from "./x86-processor.ts";

export class WindowsProcess implements FunctionHost {
  readonly cpu: X86Processor;
  readonly imageBase: number;
  readonly image: Buffer;
  readonly file: Buffer;
  filePosition = 0;
  readonly #memory = new X86Memory();
  readonly #heap = Buffer.alloc(HEAP_BYTES);
  readonly #functions: string[] = [];
  readonly #functionIndex = new Map<string, number>();
  #heapUsed = 0;
  /** The last thing that happened, for whoever wonders why the program ended. */
  lastEvent = "";
  /** Where the exception happened that a handler looks at, and which handler's frame. */
  #frame = 0;
  #record = 0;
  #context = 0;
  #exceptions = 0;

  constructor(bytes: Buffer, program: PortableExecutable) {
    this.imageBase = program.imageBase;
    this.file = bytes;
    this.image = loadImage(bytes, program);
    this.#memory.add(this.imageBase, this.image);
    this.#memory.add(STACK_START, Buffer.alloc(STACK_BYTES));
    this.#memory.add(HEAP_START, this.#heap);
    const stack: [number, number] = [STACK_START, STACK_START + STACK_BYTES];
    this.#memory.add(BLOCKS_START, buildBlocks(this.imageBase, program.entryPoint, this.image.length, stack));
    this.#memory.add(SYSTEM_MODULE, buildSystemModule());
    for (const name of FUNCTION_NAMES) this.functionAddress(name);
    this.cpu = new X86Processor(this.#memory);
    this.cpu.threadBase = THREAD_BLOCK;
    const { registers } = this.cpu;
    registers[ESP] = STACK_TOP;
    registers[EBP] = STACK_TOP + 0x30;
    registers[EBX] = PROCESS_BLOCK;
    registers[EAX] = (this.imageBase + program.entryPoint) | 0;
    this.cpu.push(this.functionAddress("ExitThread"));
    this.cpu.eip = (this.imageBase + program.entryPoint) >>> 0;
    this.#bindImports(program);
  }

  /** What the program has put into memory that it asked for. */
  get heap(): Buffer {
    return this.#heap.subarray(0, this.#heapUsed);
  }

  /** Executes at most so many instructions. "limit" when the program would go on. */
  run(maxInstructions: number, isOutOfTime: () => boolean): "limit" | "end" {
    while (this.cpu.executed < maxInstructions) {
      if (isOutOfTime()) return "limit";
      if (!this.#runUntil(Math.min(maxInstructions, this.cpu.executed + SLICE))) return "end";
    }
    return "limit";
  }

  allocate(bytes: number): number {
    const size = Math.ceil(bytes / 4096) * 4096;
    if (size === 0 || this.#heapUsed + size > HEAP_BYTES) return 0;
    const address = HEAP_START + this.#heapUsed;
    this.#heapUsed += size;
    return address;
  }

  functionAddress(name: string): number {
    let index = this.#functionIndex.get(name);
    if (index === undefined) {
      if (this.#functions.length >= MAX_FUNCTIONS - 1) return 0;
      index = this.#functions.length;
      this.#functions.push(name);
      this.#functionIndex.set(name, index);
    }
    return FUNCTIONS_START + index * STUB_BYTES;
  }

  /** Every module is the same one. */
  moduleAddress(): number {
    return SYSTEM_MODULE;
  }

  /** False when the program has ended. */
  #runUntil(executed: number): boolean {
    const { cpu } = this;
    while (cpu.executed < executed) {
      const start = cpu.eip;
      if (start >= FUNCTIONS_START && start < FUNCTIONS_END) {
        cpu.executed += FUNCTION_COST;
        if (!this.#callFunction(start)) return false;
        continue;
      }
      const problem = this.#step(start);
      if (problem !== undefined && !this.#raise(problem)) return false;
    }
    return true;
  }

  /** One instruction; what exception it has raised. */
  #step(start: number): number | undefined {
    const { cpu } = this;
    const hasTrap = cpu.trap;
    try {
      const end = executeInstruction(cpu, SLICE);
      if (end === "done") return hasTrap ? SINGLE_STEP : undefined;
      if (end === "unknown") cpu.eip = start;
      return EXCEPTIONS[end];
    } catch (error) {
      cpu.eip = start;
      cpu.executed += EXCEPTION_COST;
      return exceptionOf(error);
    }
  }

  #callFunction(address: number): boolean {
    if (address === HANDLER_RETURN) return this.#resume();
    const name = this.#functions[(address - FUNCTIONS_START) / STUB_BYTES];
    if (name === undefined) return false;
    this.lastEvent = `call of ${name}`;
    try {
      return callFunction(name, this) === "done";
    } catch (error) {
      if (error instanceof MemoryFault) return false;
      throw error;
    }
  }

  /** Hands an exception to the program's first handler. False when it has none. */
  #raise(code: number): boolean {
    this.lastEvent = `exception ${(code >>> 0).toString(16)} at ${this.cpu.eip.toString(16)}`;
    this.#exceptions += 1;
    if (this.#exceptions > MAX_EXCEPTIONS) return false;
    try {
      const top = ((this.cpu.registers[ESP] ?? 0) - 0x400) & ~15;
      this.#context = top + 0x60;
      this.#record = top;
      this.#writeContext(code);
      this.#frame = this.#memory.read32(THREAD_BLOCK);
      return this.#callHandler(top);
    } catch (error) {
      if (error instanceof MemoryFault) return false;
      throw error;
    }
  }

  #callHandler(top: number): boolean {
    if (this.#frame === -1 || this.#frame === 0) return false;
    const { cpu } = this;
    cpu.registers[ESP] = top - 16;
    cpu.push(0);
    cpu.push(this.#context);
    cpu.push(this.#frame);
    cpu.push(this.#record);
    cpu.push(HANDLER_RETURN | 0);
    cpu.trap = false;
    cpu.eip = this.#memory.read32((this.#frame + 4) >>> 0) >>> 0;
    return true;
  }

  /** A handler has answered: go on where it wants to, or ask the next one. */
  #resume(): boolean {
    try {
      if (this.cpu.registers[EAX] === 0) {
        this.#readContext();
        return true;
      }
      this.#frame = this.#memory.read32(this.#frame >>> 0);
      return this.#callHandler(this.#record);
    } catch (error) {
      if (error instanceof MemoryFault) return false;
      throw error;
    }
  }

  #writeContext(code: number): void {
    const { cpu } = this;
    for (let offset = 0; offset < 0x2cc; offset += 4) this.#memory.write32(this.#context + offset, 0);
    for (let offset = 0; offset < 0x50; offset += 4) this.#memory.write32(this.#record + offset, 0);
    this.#memory.write32(this.#record, code);
    this.#memory.write32(this.#record + 12, cpu.eip);
    this.#memory.write32(this.#context, 0x1003f);
    for (const [offset, register] of CONTEXT_REGISTERS) {
      this.#memory.write32(this.#context + offset, cpu.registers[register] ?? 0);
    }
    this.#memory.write32(this.#context + 0xb8, cpu.eip);
    this.#memory.write32(this.#context + 0xc0, cpu.flags);
  }

  #readContext(): void {
    const { cpu } = this;
    for (const [offset, register] of CONTEXT_REGISTERS) {
      cpu.registers[register] = this.#memory.read32(this.#context + offset);
    }
    cpu.eip = this.#memory.read32(this.#context + 0xb8) >>> 0;
    cpu.flags = this.#memory.read32(this.#context + 0xc0);
  }

  /** Puts the addresses of functions where the program looks for them. */
  #bindImports({ imports }: PortableExecutable): void {
    if (imports.address === 0) return;
    try {
      for (let entry = imports.address, modules = 0; modules < MAX_MODULES; entry += 20, modules += 1) {
        const word = (offset: number): number => this.#memory.read32(this.imageBase + entry + offset) >>> 0;
        const first = word(16);
        if (first === 0 || word(12) === 0) return;
        this.#bindModule(word(0) === 0 ? first : word(0), first);
      }
    } catch (error) {
      if (!(error instanceof MemoryFault)) throw error;
    }
  }

  #bindModule(names: number, addresses: number): void {
    for (let offset = 0; offset < MAX_FUNCTIONS * 4; offset += 4) {
      const name = this.#memory.read32(this.imageBase + names + offset) >>> 0;
      if (name === 0) return;
      const text = name >>> 31 === 1 ? `#${name & 0xffff}` : this.#memory.readText(this.imageBase + name + 2, 64);
      this.#memory.write32(this.imageBase + addresses + offset, this.functionAddress(text));
    }
  }
}

function loadImage(bytes: Buffer, { imageBytes, headerBytes, sections }: PortableExecutable): Buffer {
  const last = sections.reduce((end, section) => {
    return Math.max(end, section.virtualAddress + Math.max(section.virtualSize, section.rawSize));
  }, imageBytes);
  const image = Buffer.alloc(Math.min(last, MAX_IMAGE_BYTES));
  bytes.copy(image, 0, 0, Math.min(headerBytes, bytes.length));
  for (const { virtualAddress, rawStart, rawSize } of sections) {
    // Windows takes the start of a section from the beginning of its disk sector.
    const start = rawStart & ~0x1ff;
    if (virtualAddress < image.length && start < bytes.length) {
      bytes.subarray(start, start + rawSize).copy(image, virtualAddress);
    }
  }
  return image;
}

function exceptionOf(error: unknown): number {
  if (error instanceof MemoryFault) return ACCESS_VIOLATION;
  if (error instanceof DivideError) return DIVIDE_BY_ZERO;
  throw error;
}

const ACCESS_VIOLATION = 0xc0000005 | 0;
const DIVIDE_BY_ZERO = 0xc0000094 | 0;
const SINGLE_STEP = 0x80000004 | 0;
const EXCEPTIONS: Readonly<Record<Exclude<InstructionEnd, "done">, number>> = {
  unknown: 0xc000001d | 0,
  breakpoint: 0x80000003 | 0,
  interrupt: ACCESS_VIOLATION,
  privileged: 0xc0000096 | 0,
};
/** Offsets in a CONTEXT. */
const CONTEXT_REGISTERS = [
  [0x9c, EDI],
  [0xa0, ESI],
  [0xa4, EBX],
  [0xa8, EDX],
  [0xac, ECX],
  [0xb0, EAX],
  [0xb4, EBP],
  [0xc4, ESP],
] as const;
const MAX_IMAGE_BYTES = 4 * 1024 * 1024;
const STACK_START = 0x00080000;
const STACK_BYTES = 0x40000;
const STACK_TOP = STACK_START + STACK_BYTES - 0x1000;
const HEAP_START = 0x50000000;
const HEAP_BYTES = 2 * 1024 * 1024;
const HANDLER_RETURN = FUNCTIONS_END - STUB_BYTES;
const MAX_MODULES = 64;
const MAX_EXCEPTIONS = 10_000;
/** Instructions between two looks at the clock. */
const SLICE = 50_000;
/** What a call of the system and an exception count as. */
const FUNCTION_COST = 20;
const EXCEPTION_COST = 100;
