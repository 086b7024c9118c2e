/** The state of an emulated 32-bit Intel processor, and what all its instructions share: operands, flags, the stack. */
import type { X86Memory } from "./x86-memory.ts";

/** Octets of an operand. */
export type OperandSize = 1 | 2 | 4;

/** Words are numbers with sign; operands of one or two octets have none. */
export class X86Processor {
  readonly memory: X86Memory;
  /** EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI. */
  readonly registers = new Int32Array(8);
  eip = 0;
  /** Instructions so far; what repeats counts more. */
  executed = 0;
  carry = false;
  parity = false;
  adjust = false;
  zero = false;
  sign = false;
  trap = false;
  direction = false;
  overflow = false;
  /** Of the instruction that is being executed. */
  hasOperandPrefix = false;
  repeat: "none" | "equal" | "not-equal" = "none";
  segmentBase = 0;
  /** Where FS begins. */
  threadBase = 0;
  #mode = 0;
  #register = 0;
  #operand = 0;
  #address = 0;

  constructor(memory: X86Memory) {
    this.memory = memory;
  }

  get wordSize(): OperandSize {
    return this.hasOperandPrefix ? 2 : 4;
  }

  fetch8(): number {
    const value = this.memory.fetch8(this.eip);
    this.eip = (this.eip + 1) >>> 0;
    return value;
  }

  fetchSigned8(): number {
    return (this.fetch8() << 24) >> 24;
  }

  fetch16(): number {
    const value = this.memory.read16(this.eip);
    this.eip = (this.eip + 2) >>> 0;
    return value;
  }

  fetch32(): number {
    const value = this.memory.read32(this.eip);
    this.eip = (this.eip + 4) >>> 0;
    return value;
  }

  /** An immediate operand. */
  fetch(size: OperandSize): number {
    return size === 4 ? this.fetch32() : size === 2 ? this.fetch16() : this.fetch8();
  }

  /** Reads the octet that names the operands, and the address of the one in memory. Returns the number of the other. */
  decode(): number {
    const octet = this.fetch8();
    this.#mode = octet >> 6;
    this.#register = (octet >> 3) & 7;
    this.#operand = octet & 7;
    if (this.#mode !== 3) this.#address = (this.#effectiveAddress() + this.segmentBase) >>> 0;
    return this.#register;
  }

  get isMemoryOperand(): boolean {
    return this.#mode !== 3;
  }

  /** Of the operand in memory, its segment included. */
  get address(): number {
    return this.#address;
  }

  /** The operand that may be in memory. */
  readOperand(size: OperandSize): number {
    if (this.#mode === 3) return this.readRegister(this.#operand, size);
    return this.read(this.#address, size);
  }

  writeOperand(value: number, size: OperandSize): void {
    if (this.#mode === 3) this.writeRegister(this.#operand, value, size);
    else this.write(this.#address, value, size);
  }

  read(address: number, size: OperandSize): number {
    if (size === 4) return this.memory.read32(address);
    return size === 1 ? this.memory.read8(address) : this.memory.read16(address);
  }

  write(address: number, value: number, size: OperandSize): void {
    if (size === 4) this.memory.write32(address, value);
    else if (size === 1) this.memory.write8(address, value);
    else this.memory.write16(address, value);
  }

  /** AL, CL, DL, BL, AH, CH, DH, BH; AX …; EAX …. */
  readRegister(index: number, size: OperandSize): number {
    if (size === 4) return this.registers[index] ?? 0;
    if (size === 2) return (this.registers[index] ?? 0) & 0xffff;
    const word = this.registers[index & 3] ?? 0;
    return (index < 4 ? word : word >> 8) & 0xff;
  }

  writeRegister(index: number, value: number, size: OperandSize): void {
    const { registers } = this;
    if (size === 4) registers[index] = value;
    else if (size === 2) registers[index] = ((registers[index] ?? 0) & ~0xffff) | (value & 0xffff);
    else if (index < 4) registers[index] = ((registers[index] ?? 0) & ~0xff) | (value & 0xff);
    else registers[index & 3] = ((registers[index & 3] ?? 0) & ~0xff00) | ((value & 0xff) << 8);
  }

  push(value: number): void {
    const top = ((this.registers[ESP] ?? 0) - 4) | 0;
    this.memory.write32(top, value);
    this.registers[ESP] = top;
  }

  pop(): number {
    const top = this.registers[ESP] ?? 0;
    const value = this.memory.read32(top);
    this.registers[ESP] = top + 4;
    return value;
  }

  /** As many octets as the operand has. */
  pushSized(value: number): void {
    if (!this.hasOperandPrefix) {
      this.push(value);
      return;
    }
    const top = ((this.registers[ESP] ?? 0) - 2) | 0;
    this.memory.write16(top, value);
    this.registers[ESP] = top;
  }

  popSized(): number {
    if (!this.hasOperandPrefix) return this.pop();
    const top = this.registers[ESP] ?? 0;
    const value = this.memory.read16(top);
    this.registers[ESP] = top + 2;
    return value;
  }

  get flags(): number {
    let flags = 0x202;
    if (this.carry) flags |= 1;
    if (this.parity) flags |= 4;
    if (this.adjust) flags |= 0x10;
    if (this.zero) flags |= 0x40;
    if (this.sign) flags |= 0x80;
    if (this.trap) flags |= 0x100;
    if (this.direction) flags |= 0x400;
    if (this.overflow) flags |= 0x800;
    return flags;
  }

  set flags(flags: number) {
    this.carry = (flags & 1) !== 0;
    this.parity = (flags & 4) !== 0;
    this.adjust = (flags & 0x10) !== 0;
    this.zero = (flags & 0x40) !== 0;
    this.sign = (flags & 0x80) !== 0;
    this.trap = (flags & 0x100) !== 0;
    this.direction = (flags & 0x400) !== 0;
    this.overflow = (flags & 0x800) !== 0;
  }

  /** The sixteen conditions, as jumps, moves and sets number them. */
  isTrue(condition: number): boolean {
    const isMet = this.#condition(condition >> 1);
    return (condition & 1) === 0 ? isMet : !isMet;
  }

  #condition(pair: number): boolean {
    switch (pair) {
      case 0:
        return this.overflow;
      case 1:
        return this.carry;
      case 2:
        return this.zero;
      case 3:
        return this.carry || this.zero;
      case 4:
        return this.sign;
      case 5:
        return this.parity;
      case 6:
        return this.sign !== this.overflow;
      default:
        return this.zero || this.sign !== this.overflow;
    }
  }

  /** Base, index and displacement. */
  #effectiveAddress(): number {
    let base: number;
    if (this.#operand === 4) {
      const octet = this.fetch8();
      const index = (octet >> 3) & 7;
      const baseRegister = octet & 7;
      base = baseRegister === 5 && this.#mode === 0 ? this.fetch32() : (this.registers[baseRegister] ?? 0);
      if (index !== 4) base += (this.registers[index] ?? 0) << (octet >> 6);
    } else if (this.#operand === 5 && this.#mode === 0) {
      return this.fetch32();
    } else {
      base = this.registers[this.#operand] ?? 0;
    }
    if (this.#mode === 1) base += this.fetchSigned8();
    else if (this.#mode === 2) base += this.fetch32();
    return base | 0;
  }
}

export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;
