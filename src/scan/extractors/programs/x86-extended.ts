/** The instructions of a 32-bit Intel processor whose opcodes begin with 0F, and what junk code uses of the
 *  floating-point unit. */
import { combine, logic, multiplySigned, shiftDouble, signed, subtract } from "./x86-arithmetic.ts";
import { EAX, EBX, ECX, EDX, type OperandSize, type X86Processor } from "./x86-processor.ts";

/** False when the instruction is not known. */
export function executeExtended(cpu: X86Processor): boolean {
  const opcode = cpu.fetch8();
  const high = opcode & 0xf0;
  if (high === 0x40) {
    const register = cpu.decode();
    const value = cpu.readOperand(cpu.wordSize);
    if (cpu.isTrue(opcode & 15)) cpu.writeRegister(register, value, cpu.wordSize);
    return true;
  }
  if (high === 0x80) {
    const distance = cpu.hasOperandPrefix ? signed(cpu.fetch16(), 2) : cpu.fetch32();
    if (cpu.isTrue(opcode & 15)) cpu.eip = (cpu.eip + distance) >>> 0;
    return true;
  }
  if (high === 0x90) {
    cpu.decode();
    cpu.writeOperand(cpu.isTrue(opcode & 15) ? 1 : 0, 1);
    return true;
  }
  if (opcode >= 0xc8 && opcode <= 0xcf) {
    const value = cpu.registers[opcode & 7] ?? 0;
    cpu.registers[opcode & 7] = (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
    return true;
  }
  return executeOther(cpu, opcode);
}

function executeOther(cpu: X86Processor, opcode: number): boolean {
  const size = cpu.wordSize;
  switch (opcode) {
    case 0x31:
      // The time stamp: it may not stand still, or code that measures itself waits for ever.
      cpu.registers[EAX] = (cpu.registers[EAX] ?? 0) + 0x100;
      cpu.registers[EDX] = 0;
      return true;
    case 0xa2:
      cpu.registers[EAX] = 1;
      cpu.registers[EBX] = 0x756e6547;
      cpu.registers[EDX] = 0x49656e69;
      cpu.registers[ECX] = 0x6c65746e;
      return true;
    case 0x0d:
    case 0x18:
    case 0x19:
    case 0x1f:
      cpu.decode();
      return true;
    case 0xa0:
    case 0xa8:
      cpu.push(0x3b);
      return true;
    case 0xa1:
    case 0xa9:
      cpu.pop();
      return true;
    case 0xa4:
    case 0xa5:
    case 0xac:
    case 0xad: {
      const filler = cpu.readRegister(cpu.decode(), 4);
      const value = cpu.readOperand(4);
      const count = (opcode & 1) === 0 ? cpu.fetch8() : cpu.readRegister(ECX, 1);
      cpu.writeOperand(shiftDouble(cpu, value, filler, count, opcode < 0xa8), 4);
      return true;
    }
    case 0xaf: {
      const register = cpu.decode();
      cpu.writeRegister(
        register,
        multiplySigned(cpu, cpu.readRegister(register, size), cpu.readOperand(size), size),
        size,
      );
      return true;
    }
    case 0xb6:
    case 0xb7:
    case 0xbe:
    case 0xbf: {
      const from: OperandSize = (opcode & 1) === 0 ? 1 : 2;
      const register = cpu.decode();
      const value = cpu.readOperand(from);
      cpu.writeRegister(register, opcode >= 0xbe ? signed(value, from) : value, size);
      return true;
    }
    default:
      return executeBits(cpu, opcode, size);
  }
}

function executeBits(cpu: X86Processor, opcode: number, size: OperandSize): boolean {
  switch (opcode) {
    case 0xa3:
    case 0xab:
    case 0xb3:
    case 0xbb:
      testBit(cpu, (opcode >> 3) & 3, cpu.readRegister(cpu.decode(), size), size);
      return true;
    case 0xba: {
      const operation = cpu.decode();
      if (operation < 4) return false;
      testBit(cpu, operation & 3, cpu.fetch8() & (size * 8 - 1), size);
      return true;
    }
    case 0xbc:
    case 0xbd: {
      const register = cpu.decode();
      const value = cpu.readOperand(size) >>> 0;
      cpu.zero = value === 0;
      if (value === 0) return true;
      cpu.writeRegister(register, opcode === 0xbd ? 31 - Math.clz32(value) : 31 - Math.clz32(value & -value), size);
      return true;
    }
    case 0xb0:
    case 0xb1: {
      const width: OperandSize = opcode === 0xb0 ? 1 : size;
      const register = cpu.decode();
      const value = cpu.readOperand(width);
      subtract(cpu, cpu.readRegister(EAX, width), value, 0, width);
      if (cpu.zero) cpu.writeOperand(cpu.readRegister(register, width), width);
      else cpu.writeRegister(EAX, value, width);
      return true;
    }
    case 0xc0:
    case 0xc1: {
      const width: OperandSize = opcode === 0xc0 ? 1 : size;
      const register = cpu.decode();
      const value = cpu.readOperand(width);
      const sum = combine(cpu, 0, value, cpu.readRegister(register, width), width);
      cpu.writeRegister(register, value, width);
      cpu.writeOperand(sum, width);
      return true;
    }
    default:
      return false;
  }
}

/** Test, and set, reset or complement it. */
function testBit(cpu: X86Processor, operation: number, bit: number, size: OperandSize): void {
  const bits = size * 8;
  // A bit of memory may be any distance away.
  const isFar = cpu.isMemoryOperand && (bit >= bits || bit < 0);
  const address = (cpu.address + (isFar ? Math.floor(signed(bit, size) / bits) * size : 0)) >>> 0;
  const mask = 1 << (bit & (bits - 1));
  const value = isFar ? cpu.read(address, size) : cpu.readOperand(size);
  cpu.carry = (value & mask) !== 0;
  if (operation === 0) return;
  const changed = operation === 1 ? value | mask : operation === 2 ? value & ~mask : value ^ mask;
  if (isFar) cpu.write(address, changed, size);
  else cpu.writeOperand(changed, size);
}

/** Instructions of the floating-point unit: they compute nothing here, but code asks where the last one stood. */
export function executeFloating(cpu: X86Processor, opcode: number, instruction: number): void {
  const operation = cpu.decode();
  if (opcode === 0xdf && !cpu.isMemoryOperand && operation === 4) cpu.writeRegister(EAX, 0, 2);
  if (!cpu.isMemoryOperand) return;
  if (opcode === 0xd9 && operation === 6) {
    for (let offset = 0; offset < 28; offset += 4) cpu.memory.write32(cpu.address + offset, 0);
    cpu.memory.write32(cpu.address + 12, instruction);
  } else if (opcode === 0xd9 && operation === 7) cpu.memory.write16(cpu.address, 0x37f);
}

/** Used by the one-byte instructions too: an exclusive or with itself and the like. */
export function testOperands(cpu: X86Processor, left: number, right: number, size: OperandSize): void {
  logic(cpu, left & right, size);
}
