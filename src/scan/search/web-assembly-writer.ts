/** Writes small WebAssembly modules (WebAssembly Core Specification 2.0 §5), as far as the kernels of this folder need it:
 *  one function, one memory. */

/** Octets of code: an instruction with its immediates, or several. */
export type Code = readonly number[];

export interface KernelModule {
  /** Exported under this name; it takes 32-bit numbers and answers one. */
  readonly name: string;
  readonly parameters: number;
  readonly locals: readonly { readonly count: number; readonly type: number }[];
  readonly code: readonly Code[];
  /** Of 64 KiB; the memory is exported as `memory`. */
  readonly memoryPages: number;
}

export function writeModule({ name, parameters, locals, code, memoryPages }: KernelModule): Uint8Array {
  const body = [...vector(locals.map(({ count, type }) => [...unsigned(count), type])), ...code.flat(), ...END];
  const type = [0x60, ...vector(Array.from({ length: parameters }, () => [TYPE.i32])), ...vector([[TYPE.i32]])];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector([type])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[0x00, ...unsigned(memoryPages)]])),
    ...section(
      7,
      vector([
        [...text(name), 0x00, 0],
        [...text("memory"), 0x02, 0],
      ]),
    ),
    ...section(10, vector([[...unsigned(body.length), ...body]])),
  ]);
}

export const TYPE = { i32: 0x7f, v128: 0x7b } as const;

/** The instructions by their names in the specification. */
export const END: Code = [0x0b];
export const LOOP: Code = [0x03, 0x40];
export const IF: Code = [0x04, 0x40];
export const RETURN: Code = [0x0f];
export const I32 = {
  lessThan: [0x49],
  equalsZero: [0x45],
  trailingZeros: [0x68],
  add: [0x6a],
  subtract: [0x6b],
  and: [0x71],
  or: [0x72],
  shiftRight: [0x76],
  constant: (value: number): Code => [0x41, ...signed(value)],
  store: (offset: number): Code => [0x36, 2, ...unsigned(offset)],
} as const;
export const V128 = {
  load: (offset: number): Code => [...simd(0), 0, ...unsigned(offset)],
  splat: simd(15),
  swizzle: simd(14),
  notEqual: simd(36),
  and: simd(78),
  anyTrue: simd(83),
  allTrue: simd(99),
  bitmask: simd(100),
  shiftRight: simd(109),
} as const;

export function get(local: number): Code {
  return [0x20, ...unsigned(local)];
}

export function set(local: number): Code {
  return [0x21, ...unsigned(local)];
}

/** To the start of the loop that is `depth` blocks further out. */
export function branchIf(depth: number): Code {
  return [0x0d, ...unsigned(depth)];
}

function simd(operation: number): Code {
  return [0xfd, ...unsigned(operation)];
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): Code {
  return [...unsigned(name.length), ...Buffer.from(name, "latin1")];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const low = value & 0x7f;
  return value > 0x7f ? [low | 0x80, ...unsigned(value >>> 7)] : [low];
}

function signed(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}
