/** Executes one instruction of a 32-bit Intel processor. Enough of them for code that unpacks other code. */
import { combine, divide, multiply, multiplySigned, shift, signed, step } from "./x86-arithmetic.ts";
import { executeExtended, executeFloating, testOperands } from "./x86-extended.ts";
import { EAX, ECX, EDX, type OperandSize, type X86Processor } from "./x86-processor.ts";
import { executeStack } from "./x86-stack.ts";
import { executeString } from "./x86-strings.ts";

/** Why an instruction could not be executed to its end as others are. */
export type InstructionEnd = "done" | "unknown" | "breakpoint" | "interrupt" | "privileged";

/** Executes the instruction at EIP, repeated ones at most `max` times before they are asked for again. Memory faults and
 *  divide errors are thrown; EIP is then behind the opcode and has to be set back. */
export function executeInstruction(cpu: X86Processor, max: number): InstructionEnd {
  const start = cpu.eip;
  cpu.hasOperandPrefix = false;
  cpu.repeat = "none";
  cpu.segmentBase = 0;
  let opcode = cpu.fetch8();
  for (let prefixes = 0; prefixes < MAX_PREFIXES && isPrefix(opcode); prefixes += 1) {
    if (opcode === 0x66) cpu.hasOperandPrefix = true;
    else if (opcode === 0x64) cpu.segmentBase = cpu.threadBase;
    else if (opcode === 0xf2) cpu.repeat = "not-equal";
    else if (opcode === 0xf3) cpu.repeat = "equal";
    opcode = cpu.fetch8();
  }
  if ((opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf)) {
    const count = executeString(cpu, opcode, max);
    const isUnfinished = cpu.repeat !== "none" && count >= max && cpu.registers[ECX] !== 0;
    if (isUnfinished) cpu.eip = start;
    cpu.executed += 1 + (count >> 3);
    return "done";
  }
  cpu.executed += 1;
  return execute(cpu, opcode, start);
}

function isPrefix(opcode: number): boolean {
  return (
    opcode === 0x66 ||
    opcode === 0xf2 ||
    opcode === 0xf3 ||
    opcode === 0xf0 ||
    (opcode & 0xe7) === 0x26 ||
    opcode === 0x64 ||
    opcode === 0x65
  );
}

function execute(cpu: X86Processor, opcode: number, start: number): InstructionEnd {
  if (opcode < 0x40) return executeCombination(cpu, opcode);
  const { registers } = cpu;
  const size = cpu.wordSize;
  const register = opcode & 7;
  switch (opcode >> 3) {
    case 8:
      cpu.writeRegister(register, step(cpu, cpu.readRegister(register, size), 1, size), size);
      return "done";
    case 9:
      cpu.writeRegister(register, step(cpu, cpu.readRegister(register, size), -1, size), size);
      return "done";
    case 10:
      cpu.pushSized(registers[register] ?? 0);
      return "done";
    case 11:
      cpu.writeRegister(register, cpu.popSized(), size);
      return "done";
    case 14:
    case 15: {
      const distance = cpu.fetchSigned8();
      if (cpu.isTrue(opcode & 15)) cpu.eip = (cpu.eip + distance) >>> 0;
      return "done";
    }
    case 18: {
      const value = cpu.readRegister(register, size);
      cpu.writeRegister(register, cpu.readRegister(EAX, size), size);
      cpu.writeRegister(EAX, value, size);
      return "done";
    }
    case 22:
      cpu.writeRegister(register, cpu.fetch8(), 1);
      return "done";
    case 23:
      cpu.writeRegister(register, cpu.fetch(size), size);
      return "done";
    case 27:
      executeFloating(cpu, opcode, start);
      return "done";
    default:
      return opcode < 0xc0 ? executeMiddle(cpu, opcode, size) : executeHigh(cpu, opcode, size);
  }
}

/** The eight combinations, each in six forms; between them segments and decimal adjustment. */
function executeCombination(cpu: X86Processor, opcode: number): InstructionEnd {
  const operation = opcode >> 3;
  const form = opcode & 7;
  const size: OperandSize = (form & 1) === 0 ? 1 : cpu.wordSize;
  if (form < 4) {
    const register = cpu.decode();
    const isToRegister = form >= 2;
    const other = cpu.readRegister(register, size);
    const operand = cpu.readOperand(size);
    const result = isToRegister
      ? combine(cpu, operation, other, operand, size)
      : combine(cpu, operation, operand, other, size);
    if (operation === 7) return "done";
    if (isToRegister) cpu.writeRegister(register, result, size);
    else cpu.writeOperand(result, size);
    return "done";
  }
  if (form < 6) {
    const result = combine(cpu, operation, cpu.readRegister(EAX, size), cpu.fetch(size), size);
    if (operation !== 7) cpu.writeRegister(EAX, result, size);
    return "done";
  }
  if (opcode === 0x0f) return executeExtended(cpu) ? "done" : "unknown";
  if (opcode < 0x20) {
    if (form === 6) cpu.push(0x23);
    else cpu.pop();
    return "done";
  }
  return "unknown";
}

function executeMiddle(cpu: X86Processor, opcode: number, size: OperandSize): InstructionEnd {
  const { registers } = cpu;
  const width: OperandSize = (opcode & 1) === 0 ? 1 : size;
  switch (opcode) {
    case 0x69:
    case 0x6b: {
      const register = cpu.decode();
      const left = cpu.readOperand(size);
      const right = opcode === 0x6b ? cpu.fetchSigned8() : cpu.fetch(size);
      cpu.writeRegister(register, multiplySigned(cpu, left, right, size), size);
      return "done";
    }
    case 0x80:
    case 0x81:
    case 0x82:
    case 0x83: {
      const operation = cpu.decode();
      const left = cpu.readOperand(width);
      const right = opcode === 0x81 ? cpu.fetch(size) : cpu.fetchSigned8();
      const result = combine(cpu, operation, left, width === 1 ? right & 0xff : right, width);
      if (operation !== 7) cpu.writeOperand(result, width);
      return "done";
    }
    case 0x84:
    case 0x85:
      testOperands(cpu, cpu.readRegister(cpu.decode(), width), cpu.readOperand(width), width);
      return "done";
    case 0x86:
    case 0x87: {
      const register = cpu.decode();
      const value = cpu.readOperand(width);
      cpu.writeOperand(cpu.readRegister(register, width), width);
      cpu.writeRegister(register, value, width);
      return "done";
    }
    case 0x88:
    case 0x89:
      cpu.writeOperand(cpu.readRegister(cpu.decode(), width), width);
      return "done";
    case 0x8a:
    case 0x8b:
      cpu.writeRegister(cpu.decode(), cpu.readOperand(width), width);
      return "done";
    case 0x8c:
      cpu.decode();
      cpu.writeOperand(0x23, size);
      return "done";
    case 0x8d: {
      const register = cpu.decode();
      if (!cpu.isMemoryOperand) return "unknown";
      cpu.writeRegister(register, (cpu.address - cpu.segmentBase) | 0, size);
      return "done";
    }
    case 0x8e:
      cpu.decode();
      return "done";
    case 0x98:
      if (size === 4) registers[EAX] = signed(cpu.readRegister(EAX, 2), 2);
      else cpu.writeRegister(EAX, signed(cpu.readRegister(EAX, 1), 1), 2);
      return "done";
    case 0x99:
      cpu.writeRegister(EDX, signed(cpu.readRegister(EAX, size), size) < 0 ? -1 : 0, size);
      return "done";
    case 0x9b:
      return "done";
    case 0x9e:
      cpu.flags = (cpu.flags & ~0xd5) | (cpu.readRegister(4, 1) & 0xd5);
      return "done";
    case 0x9f:
      cpu.writeRegister(4, cpu.flags, 1);
      return "done";
    case 0xa0:
    case 0xa1:
      cpu.writeRegister(EAX, cpu.read((cpu.fetch32() + cpu.segmentBase) >>> 0, width), width);
      return "done";
    case 0xa2:
    case 0xa3:
      cpu.write((cpu.fetch32() + cpu.segmentBase) >>> 0, cpu.readRegister(EAX, width), width);
      return "done";
    case 0xa8:
    case 0xa9:
      testOperands(cpu, cpu.readRegister(EAX, width), cpu.fetch(width), width);
      return "done";
    default:
      return executeStack(cpu, opcode) ? "done" : "unknown";
  }
}

function executeHigh(cpu: X86Processor, opcode: number, size: OperandSize): InstructionEnd {
  const { registers } = cpu;
  const width: OperandSize = (opcode & 1) === 0 ? 1 : size;
  switch (opcode) {
    case 0xc0:
    case 0xc1:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3: {
      const operation = cpu.decode();
      const value = cpu.readOperand(width);
      const by = opcode < 0xd0 ? cpu.fetch8() : opcode < 0xd2 ? 1 : cpu.readRegister(ECX, 1);
      cpu.writeOperand(shift(cpu, operation, value, by, width), width);
      return "done";
    }
    case 0xc6:
    case 0xc7:
      cpu.decode();
      cpu.writeOperand(cpu.fetch(width), width);
      return "done";
    case 0xcc:
      return "breakpoint";
    case 0xcd:
      return cpu.fetch8() === 3 ? "breakpoint" : "interrupt";
    case 0xd6:
      cpu.writeRegister(EAX, cpu.carry ? 0xff : 0, 1);
      return "done";
    case 0xd7: {
      const address = (registers[3] ?? 0) + cpu.readRegister(EAX, 1) + cpu.segmentBase;
      cpu.writeRegister(EAX, cpu.memory.read8(address), 1);
      return "done";
    }
    case 0xe0:
    case 0xe1:
    case 0xe2:
    case 0xe3: {
      const distance = cpu.fetchSigned8();
      if (opcode !== 0xe3) registers[ECX] = (registers[ECX] ?? 0) - 1;
      const isCounted = (registers[ECX] !== 0) === (opcode !== 0xe3);
      const isMet = opcode >= 0xe2 || cpu.zero === (opcode === 0xe1);
      if (isCounted && isMet) cpu.eip = (cpu.eip + distance) >>> 0;
      return "done";
    }
    case 0xe8: {
      const distance = cpu.fetch32();
      cpu.push(cpu.eip | 0);
      cpu.eip = (cpu.eip + distance) >>> 0;
      return "done";
    }
    case 0xe9: {
      const distance = cpu.fetch32();
      cpu.eip = (cpu.eip + distance) >>> 0;
      return "done";
    }
    case 0xeb: {
      const distance = cpu.fetchSigned8();
      cpu.eip = (cpu.eip + distance) >>> 0;
      return "done";
    }
    case 0xe4:
    case 0xe5:
    case 0xec:
    case 0xed:
    case 0xf4:
    case 0xfa:
    case 0xfb:
      return "privileged";
    case 0xf1:
      return "breakpoint";
    case 0xf5:
      cpu.carry = !cpu.carry;
      return "done";
    case 0xf6:
    case 0xf7:
      return executeUnary(cpu, width);
    case 0xf8:
    case 0xf9:
      cpu.carry = opcode === 0xf9;
      return "done";
    case 0xfc:
    case 0xfd:
      cpu.direction = opcode === 0xfd;
      return "done";
    case 0xfe:
    case 0xff:
      return executeIndirect(cpu, width);
    default:
      return executeStack(cpu, opcode) ? "done" : "unknown";
  }
}

/** Test, not, negate, multiply and divide. */
function executeUnary(cpu: X86Processor, size: OperandSize): InstructionEnd {
  const operation = cpu.decode();
  const value = cpu.readOperand(size);
  if (operation < 2) testOperands(cpu, value, cpu.fetch(size), size);
  else if (operation === 2) cpu.writeOperand(~value, size);
  else if (operation === 3) cpu.writeOperand(combine(cpu, 5, 0, value, size), size);
  else if (operation < 6) multiply(cpu, value, size, operation === 5);
  else divide(cpu, value, size, operation === 7);
  return "done";
}

/** Increment, decrement, call, jump and push. */
function executeIndirect(cpu: X86Processor, size: OperandSize): InstructionEnd {
  const operation = cpu.decode();
  if (operation < 2) {
    cpu.writeOperand(step(cpu, cpu.readOperand(size), operation === 0 ? 1 : -1, size), size);
    return "done";
  }
  if (size === 1 || operation === 3 || operation === 5 || operation === 7) return "unknown";
  const target = cpu.readOperand(4);
  if (operation === 6) {
    cpu.push(target);
    return "done";
  }
  if (operation === 2) cpu.push(cpu.eip | 0);
  cpu.eip = target >>> 0;
  return "done";
}

const MAX_PREFIXES = 14;
