/** The string instructions of a 32-bit Intel processor, alone and repeated. */
import { subtract } from "./x86-arithmetic.ts";
import { EAX, ECX, EDI, ESI, type OperandSize, type X86Processor } from "./x86-processor.ts";

/** Executes MOVS, CMPS, STOS, LODS or SCAS. Returns how many times it was done; a repeated one stops after `max` times
 *  and is then executed again. */
export function executeString(cpu: X86Processor, opcode: number, max: number): number {
  const size: OperandSize = (opcode & 1) === 0 ? 1 : cpu.wordSize;
  if (cpu.repeat === "none") {
    executeOnce(cpu, opcode, size);
    return 1;
  }
  let count = 0;
  const compares = opcode === 0xa6 || opcode === 0xa7 || opcode === 0xae || opcode === 0xaf;
  while (cpu.registers[ECX] !== 0) {
    if (count >= max) return count;
    executeOnce(cpu, opcode, size);
    cpu.registers[ECX] = (cpu.registers[ECX] ?? 0) - 1;
    count += 1;
    if (compares && cpu.zero !== (cpu.repeat === "equal")) return count;
  }
  return count;
}

function executeOnce(cpu: X86Processor, opcode: number, size: OperandSize): void {
  const { registers } = cpu;
  const by = cpu.direction ? -size : size;
  const source = ((registers[ESI] ?? 0) + cpu.segmentBase) >>> 0;
  const target = registers[EDI] ?? 0;
  switch (opcode & 0xfe) {
    case 0xa4:
      cpu.write(target, cpu.read(source, size), size);
      break;
    case 0xa6:
      subtract(cpu, cpu.read(source, size), cpu.read(target, size), 0, size);
      break;
    case 0xaa:
      cpu.write(target, cpu.readRegister(EAX, size), size);
      break;
    case 0xac:
      cpu.writeRegister(EAX, cpu.read(source, size), size);
      break;
    default:
      subtract(cpu, cpu.readRegister(EAX, size), cpu.read(target, size), 0, size);
  }
  const usesSource = (opcode & 0xfe) === 0xa4 || (opcode & 0xfe) === 0xa6 || (opcode & 0xfe) === 0xac;
  if (usesSource) registers[ESI] = (registers[ESI] ?? 0) + by;
  if ((opcode & 0xfe) !== 0xac) registers[EDI] = target + by;
}
