/** What the instructions of a 32-bit Intel processor compute, and the flags that they set. */
import { EAX, EDX, type OperandSize, type X86Processor } from "./x86-processor.ts";

/** Division by zero, or a quotient that is too large. */
export class DivideError extends Error {}

/** Add, or, add with carry, subtract with borrow, and, subtract, exclusive or, compare: the number is in the opcode. */
export function combine(cpu: X86Processor, operation: number, left: number, right: number, size: OperandSize): number {
  switch (operation) {
    case 0:
      return add(cpu, left, right, 0, size);
    case 1:
      return logic(cpu, left | right, size);
    case 2:
      return add(cpu, left, right, cpu.carry ? 1 : 0, size);
    case 3:
      return subtract(cpu, left, right, cpu.carry ? 1 : 0, size);
    case 4:
      return logic(cpu, left & right, size);
    case 6:
      return logic(cpu, left ^ right, size);
    default:
      return subtract(cpu, left, right, 0, size);
  }
}

/** The flags of a result that no carry comes out of. */
export function logic(cpu: X86Processor, result: number, size: OperandSize): number {
  cpu.carry = false;
  cpu.overflow = false;
  cpu.adjust = false;
  return note(cpu, result, size);
}

/** Adds or subtracts one; the carry stays. */
export function step(cpu: X86Processor, value: number, direction: 1 | -1, size: OperandSize): number {
  const { carry } = cpu;
  const result = direction === 1 ? add(cpu, value, 1, 0, size) : subtract(cpu, value, 1, 0, size);
  cpu.carry = carry;
  return result;
}

function add(cpu: X86Processor, left: number, right: number, carry: number, size: OperandSize): number {
  const mask = MASKS[size];
  const result = (left + right + carry) & mask;
  cpu.carry = unsigned(left, size) + unsigned(right, size) + carry > mask >>> 0;
  cpu.overflow = ((left ^ result) & (right ^ result) & SIGNS[size]) !== 0;
  cpu.adjust = ((left ^ right ^ result) & 0x10) !== 0;
  return note(cpu, result, size);
}

export function subtract(cpu: X86Processor, left: number, right: number, borrow: number, size: OperandSize): number {
  const result = (left - right - borrow) & MASKS[size];
  cpu.carry = unsigned(left, size) < unsigned(right, size) + borrow;
  cpu.overflow = ((left ^ right) & (left ^ result) & SIGNS[size]) !== 0;
  cpu.adjust = ((left ^ right ^ result) & 0x10) !== 0;
  return note(cpu, result, size);
}

/** Sign, zero and parity. */
function note(cpu: X86Processor, result: number, size: OperandSize): number {
  const value = result & MASKS[size];
  cpu.zero = value === 0;
  cpu.sign = (value & SIGNS[size]) !== 0;
  cpu.parity = PARITY[value & 0xff] === 1;
  return value;
}

/** Rotate left, right, both through the carry, shift left, right, left, right with the sign. */
export function shift(cpu: X86Processor, operation: number, value: number, by: number, size: OperandSize): number {
  const bits = size * 8;
  const count = by & 31;
  if (count === 0) return value;
  switch (operation) {
    case 0:
      return rotate(cpu, value, count % bits, size, true);
    case 1:
      return rotate(cpu, value, count % bits, size, false);
    case 2:
      return rotateThroughCarry(cpu, value, count % (bits + 1), size);
    case 3:
      return rotateThroughCarry(cpu, value, bits + 1 - (count % (bits + 1)), size);
    case 5: {
      const plain = unsigned(value, size);
      cpu.carry = count <= bits && ((plain >>> (count - 1)) & 1) !== 0;
      cpu.overflow = (value & SIGNS[size]) !== 0;
      return note(cpu, plain >>> count, size);
    }
    case 7: {
      const signedValue = signed(value, size);
      cpu.carry = ((signedValue >> Math.min(count - 1, 31)) & 1) !== 0;
      cpu.overflow = false;
      return note(cpu, signedValue >> count, size);
    }
    default: {
      cpu.carry = count <= bits && ((value >>> (bits - count)) & 1) !== 0;
      const result = count >= bits ? 0 : value << count;
      cpu.overflow = ((result & SIGNS[size]) !== 0) !== cpu.carry;
      return note(cpu, result, size);
    }
  }
}

function rotate(cpu: X86Processor, value: number, count: number, size: OperandSize, isLeft: boolean): number {
  const bits = size * 8;
  const plain = unsigned(value, size);
  const left = isLeft ? count : (bits - count) % bits;
  const result = left === 0 ? plain : ((plain << left) | (plain >>> (bits - left))) & MASKS[size];
  cpu.carry = isLeft ? (result & 1) !== 0 : (result & SIGNS[size]) !== 0;
  cpu.overflow = isLeft ? ((result & SIGNS[size]) !== 0) !== cpu.carry : ((result ^ (result << 1)) & SIGNS[size]) !== 0;
  return result;
}

/** To the left. */
function rotateThroughCarry(cpu: X86Processor, value: number, count: number, size: OperandSize): number {
  let result = value;
  for (let index = 0; index < count; index += 1) {
    const out = (result & SIGNS[size]) !== 0;
    result = ((result << 1) | (cpu.carry ? 1 : 0)) & MASKS[size];
    cpu.carry = out;
  }
  cpu.overflow = ((result & SIGNS[size]) !== 0) !== cpu.carry;
  return result;
}

/** Shifts `value` and fills up with the bits of `filler`. */
export function shiftDouble(cpu: X86Processor, value: number, filler: number, by: number, isLeft: boolean): number {
  const count = by & 31;
  if (count === 0) return value;
  cpu.carry = isLeft ? ((value >>> (32 - count)) & 1) !== 0 : ((value >>> (count - 1)) & 1) !== 0;
  const result = isLeft ? (value << count) | (filler >>> (32 - count)) : (value >>> count) | (filler << (32 - count));
  cpu.overflow = ((result ^ value) & SIGNS[4]) !== 0;
  return note(cpu, result, 4);
}

/** Of two words with sign; the flags tell whether the product fits. */
export function multiplySigned(cpu: X86Processor, left: number, right: number, size: OperandSize): number {
  const product = BigInt(signed(left, size)) * BigInt(signed(right, size));
  const result = Number(BigInt.asIntN(size * 8, product));
  cpu.carry = BigInt(result) !== product;
  cpu.overflow = cpu.carry;
  return result & MASKS[size];
}

/** EDX:EAX, DX:AX or AX become the product of EAX, AX or AL and `value`. */
export function multiply(cpu: X86Processor, value: number, size: OperandSize, hasSign: boolean): void {
  const bits = BigInt(size * 8);
  const left = cpu.readRegister(EAX, size);
  const product = hasSign
    ? BigInt(signed(left, size)) * BigInt(signed(value, size))
    : BigInt(unsigned(left, size)) * BigInt(unsigned(value, size));
  const low = Number(BigInt.asUintN(size * 8, product));
  const high = Number(BigInt.asUintN(size * 8, product >> bits));
  if (size === 1) cpu.writeRegister(EAX, (high << 8) | low, 2);
  else {
    cpu.writeRegister(EAX, low | 0, size);
    cpu.writeRegister(EDX, high | 0, size);
  }
  const fits = hasSign ? BigInt.asIntN(size * 8, product) === product : high === 0;
  cpu.carry = !fits;
  cpu.overflow = !fits;
}

/** EDX:EAX, DX:AX or AX divided by `value`; throws a DivideError. */
export function divide(cpu: X86Processor, value: number, size: OperandSize, hasSign: boolean): void {
  const bits = size * 8;
  const low = BigInt(unsigned(cpu.readRegister(EAX, size), size));
  const high = BigInt(size === 1 ? cpu.readRegister(EAX, 2) >> 8 : unsigned(cpu.readRegister(EDX, size), size));
  const joined = (high << BigInt(bits)) | low;
  const dividend = hasSign ? BigInt.asIntN(bits * 2, joined) : joined;
  const divisor = BigInt(hasSign ? signed(value, size) : unsigned(value, size));
  if (divisor === 0n) throw new DivideError();
  const quotient = dividend / divisor;
  const fits = hasSign ? BigInt.asIntN(bits, quotient) === quotient : BigInt.asUintN(bits, quotient) === quotient;
  if (!fits) throw new DivideError();
  const result = Number(BigInt.asIntN(32, quotient));
  const rest = Number(BigInt.asIntN(32, dividend % divisor));
  if (size === 1) cpu.writeRegister(EAX, ((rest & 0xff) << 8) | (result & 0xff), 2);
  else {
    cpu.writeRegister(EAX, result, size);
    cpu.writeRegister(EDX, rest, size);
  }
}

export function signed(value: number, size: OperandSize): number {
  return size === 4 ? value | 0 : size === 2 ? (value << 16) >> 16 : (value << 24) >> 24;
}

function unsigned(value: number, size: OperandSize): number {
  return size === 4 ? value >>> 0 : value & MASKS[size];
}

const MASKS: Readonly<Record<OperandSize, number>> = { 1: 0xff, 2: 0xffff, 4: -1 };
const SIGNS: Readonly<Record<OperandSize, number>> = { 1: 0x80, 2: 0x8000, 4: 0x80000000 | 0 };
/** 1 where the number of set bits is even. */
const PARITY = Uint8Array.from({ length: 256 }, (_, octet) => {
  let bits = 0;
  for (let rest = octet; rest > 0; rest >>= 1) bits += rest & 1;
  return bits % 2 === 0 ? 1 : 0;
});
