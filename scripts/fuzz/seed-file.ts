/** Hands the seeds of a target from one process to another: making them takes far more memory than having them. */
import { readFileSync, writeFileSync } from "node:fs";

/** Each seed behind its length. */
export function writeSeeds(path: string, seeds: readonly Buffer[]): void {
  writeFileSync(
    path,
    Buffer.concat(
      seeds.flatMap((seed) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(seed.length);
        return [length, seed];
      }),
    ),
  );
}

export function readSeeds(path: string): [Buffer, ...Buffer[]] {
  const file = readFileSync(path);
  const seeds: Buffer[] = [];
  for (let offset = 0; offset < file.length; ) {
    const end = offset + 4 + file.readUInt32LE(offset);
    seeds.push(file.subarray(offset + 4, end));
    offset = end;
  }
  const [first, ...rest] = seeds;
  if (first === undefined) throw new Error(`Cannot read the seeds in "${path}": there is none`);
  return [first, ...rest];
}
