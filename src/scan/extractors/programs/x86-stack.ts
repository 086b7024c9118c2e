/** The instructions of a 32-bit Intel processor that are about its stack: several registers at once, immediate values,
 *  flags, and the frames of functions. */
import { EBP, EDI, ESP, type X86Processor } from "./x86-processor.ts";

/** False when the instruction is another one. */
export function executeStack(cpu: X86Processor, opcode: number): boolean {
  const { registers } = cpu;
  const size = cpu.wordSize;
  switch (opcode) {
    case 0x60: {
      const top = registers[ESP] ?? 0;
      for (let register = 0; register < 8; register += 1) cpu.push(register === ESP ? top : (registers[register] ?? 0));
      return true;
    }
    case 0x61:
      for (let register = EDI; register >= 0; register -= 1) {
        const value = cpu.pop();
        if (register !== ESP) registers[register] = value;
      }
      return true;
    case 0x68:
      cpu.pushSized(cpu.fetch(size));
      return true;
    case 0x6a:
      cpu.pushSized(cpu.fetchSigned8());
      return true;
    case 0x8f: {
      const value = cpu.popSized();
      cpu.decode();
      cpu.writeOperand(value, size);
      return true;
    }
    case 0x9c:
      cpu.pushSized(cpu.flags);
      return true;
    case 0x9d:
      cpu.flags = cpu.popSized();
      return true;
    case 0xc2:
    case 0xc3: {
      const drop = opcode === 0xc2 ? cpu.fetch16() : 0;
      cpu.eip = cpu.pop() >>> 0;
      registers[ESP] = (registers[ESP] ?? 0) + drop;
      return true;
    }
    case 0xc8: {
      const room = cpu.fetch16();
      cpu.fetch8();
      cpu.push(registers[EBP] ?? 0);
      registers[EBP] = registers[ESP] ?? 0;
      registers[ESP] = (registers[ESP] ?? 0) - room;
      return true;
    }
    case 0xc9:
      registers[ESP] = registers[EBP] ?? 0;
      registers[EBP] = cpu.pop();
      return true;
    default:
      return false;
  }
}
