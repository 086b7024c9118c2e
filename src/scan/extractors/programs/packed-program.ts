/** Unpacks programs of Windows that unpack themselves, whatever packer made them: the program is executed in an emulator
 *  until it has had its share of instructions, and what is in memory then is handed on. */
import { programLimits } from "../../../core/scan-limits.ts";
import type { Extractor } from "../extractor.ts";
import { type PortableExecutable, readPortableExecutable } from "./portable-executable.ts";
import { WindowsProcess } from "./windows-process.ts";

const NAME = "packed program";

export const packedProgramExtractor: Extractor = {
  name: NAME,
  isLayer: true,
  mayMatch: (_, { bytes }) => bytes[0] === 0x4d,
  // What was unpacked looks like the packed program, and unpacks the same.
  matches: ({ bytes, container }) => container !== NAME && packedProgram(bytes) !== undefined,
  extract({ bytes }, sink, budget) {
    const program = packedProgram(bytes);
    if (program === undefined) return;
    const process = new WindowsProcess(bytes, program);
    const original = Buffer.from(process.image);
    const end = process.run(budget.instructions, () => budget.isOutOfTime());
    budget.takeInstructions(process.cpu.executed);
    // Code that was not there before means that unpacking is over, and that the program itself goes on and on.
    const position = process.cpu.eip - process.imageBase;
    const isUnpacking = original[position] !== undefined && original[position] === process.image[position];
    if (end === "limit" && isUnpacking) sink.reason("limit-time", "a packed program that takes long to unpack itself");
    if (changedOctets(original, process.image) >= MIN_CHANGED_BYTES) {
      budget.takeStored(process.image.length);
      sink.entry("", process.image);
    }
    if (process.heap.length > 0) {
      budget.takeStored(process.heap.length);
      sink.entry("", Buffer.from(process.heap));
    }
  },
};

/** Compilers put code where it can not be written to, and call functions by the dozen; packers do neither. */
function packedProgram(bytes: Buffer): PortableExecutable | undefined {
  if (bytes[0] !== 0x4d || bytes.length > programLimits.fileBytes) return undefined;
  const program = readPortableExecutable(bytes);
  if (program === undefined || !program.isI386 || program.entryPoint === 0) return undefined;
  if (program.imageBytes > programLimits.imageBytes) return undefined;
  const entry = program.sections.find(({ virtualAddress, virtualSize, rawSize }) => {
    const offset = program.entryPoint - virtualAddress;
    return offset >= 0 && offset < Math.max(virtualSize, rawSize);
  });
  return entry === undefined || entry.isWritable ? program : undefined;
}

/** Up to the number that matters; most of an image stays as it was. */
function changedOctets(before: Buffer, after: Buffer): number {
  let changed = 0;
  for (let start = 0; start < after.length && changed < MIN_CHANGED_BYTES; start += PAGE_BYTES) {
    const end = Math.min(start + PAGE_BYTES, after.length);
    if (before.compare(after, start, end, start, end) === 0) continue;
    for (let index = start; index < end; index += 1) if (before[index] !== after[index]) changed += 1;
  }
  return changed;
}

const PAGE_BYTES = 4_096;
/** Fewer are variables, not code or data. */
const MIN_CHANGED_BYTES = 64;
