/** What a program of Windows finds in memory besides itself: a module with functions, and the blocks that describe its
 *  thread, its process and the modules that are loaded. Packers look through all of these by themselves. */
import { FUNCTION_NAMES } from "./windows-functions.ts";

/** The module that all functions seem to be in. */
export const SYSTEM_MODULE = 0x7c800000;
export const SYSTEM_MODULE_BYTES = 0x20000;
/** Where its functions are: one after the other, each as long as this. */
export const FUNCTIONS_START = SYSTEM_MODULE + 0x1000;
export const STUB_BYTES = 16;
export const MAX_FUNCTIONS = 4_000;
export const FUNCTIONS_END = FUNCTIONS_START + MAX_FUNCTIONS * STUB_BYTES;
/** The blocks of process and thread. */
export const BLOCKS_START = 0x7ffdd000;
export const PROCESS_BLOCK = 0x7ffde000;
export const THREAD_BLOCK = 0x7ffdf000;

/** Headers, the beginnings of functions, and a table of `FUNCTION_NAMES`, which are the first functions in that order. */
export function buildSystemModule(): Buffer {
  const module = Buffer.alloc(SYSTEM_MODULE_BYTES);
  module.write("MZ", 0, "latin1");
  module.writeUInt32LE(0x80, 0x3c);
  module.write("PE\0\0", 0x80, "latin1");
  module.writeUInt16LE(0x14c, 0x84);
  module.writeUInt16LE(0xe0, 0x94);
  module.writeUInt16LE(0x210e, 0x96);
  module.writeUInt16LE(0x10b, 0x98);
  module.writeUInt32LE(SYSTEM_MODULE, 0xb4);
  module.writeUInt32LE(0x1000, 0xb8);
  module.writeUInt32LE(0x200, 0xbc);
  module.writeUInt32LE(SYSTEM_MODULE_BYTES, 0xd0);
  module.writeUInt32LE(16, 0xf4);
  module.writeUInt32LE(EXPORTS, 0xf8);
  module.writeUInt32LE(SYSTEM_MODULE_BYTES - EXPORTS, 0xfc);
  // Programs look whether the first octets of a function are those of a breakpoint.
  module.fill(
    Buffer.from("8bff558bec83ec105dc3909090909090", "hex"),
    FUNCTIONS_START - SYSTEM_MODULE,
    FUNCTIONS_END - SYSTEM_MODULE,
  );
  writeExports(module);
  return module;
}

function writeExports(module: Buffer): void {
  const names = [...FUNCTION_NAMES.entries()].sort(([, left], [, right]) => (left < right ? -1 : 1));
  const addresses = EXPORTS + 40;
  const pointers = addresses + names.length * 4;
  const ordinals = pointers + names.length * 4;
  let text = ordinals + names.length * 2;
  const moduleName = text;
  text += module.write("KERNEL32.dll\0", text, "latin1");
  module.writeUInt32LE(moduleName, EXPORTS + 12);
  module.writeUInt32LE(1, EXPORTS + 16);
  module.writeUInt32LE(names.length, EXPORTS + 20);
  module.writeUInt32LE(names.length, EXPORTS + 24);
  module.writeUInt32LE(addresses, EXPORTS + 28);
  module.writeUInt32LE(pointers, EXPORTS + 32);
  module.writeUInt32LE(ordinals, EXPORTS + 36);
  for (const [position, [index, name]] of names.entries()) {
    module.writeUInt32LE(FUNCTIONS_START - SYSTEM_MODULE + index * STUB_BYTES, addresses + position * 4);
    module.writeUInt32LE(text, pointers + position * 4);
    module.writeUInt16LE(position, ordinals + position * 2);
    text += module.write(`${name}\0`, text, "latin1");
  }
}

/** The end of the handlers, the stack, the blocks themselves, and two modules: the program and the system. */
export function buildBlocks(
  imageBase: number,
  entryPoint: number,
  imageBytes: number,
  stack: [number, number],
): Buffer {
  const blocks = Buffer.alloc(THREAD_BLOCK + 0x1000 - BLOCKS_START);
  const at = (address: number): number => address - BLOCKS_START;
  blocks.writeUInt32LE(0xffffffff, at(THREAD_BLOCK));
  blocks.writeUInt32LE(stack[1], at(THREAD_BLOCK) + 4);
  blocks.writeUInt32LE(stack[0], at(THREAD_BLOCK) + 8);
  blocks.writeUInt32LE(THREAD_BLOCK, at(THREAD_BLOCK) + 0x18);
  blocks.writeUInt32LE(PROCESS_BLOCK, at(THREAD_BLOCK) + 0x30);
  blocks.writeUInt32LE(imageBase, at(PROCESS_BLOCK) + 8);
  blocks.writeUInt32LE(LOADER_DATA, at(PROCESS_BLOCK) + 0x0c);
  const modules = [
    { address: LOADER_DATA + 0x80, base: imageBase, entry: imageBase + entryPoint, size: imageBytes },
    { address: LOADER_DATA + 0x100, base: SYSTEM_MODULE, entry: FUNCTIONS_START, size: SYSTEM_MODULE_BYTES },
  ];
  blocks.writeUInt32LE(0x28, at(LOADER_DATA));
  blocks.writeUInt32LE(1, at(LOADER_DATA) + 4);
  // Three rings through all modules, in the order of loading, of memory, and of initialization.
  for (const ring of [0, 8, 16]) {
    const links = [LOADER_DATA + 0x0c + ring, ...modules.map(({ address }) => address + ring)];
    for (const [index, link] of links.entries()) {
      const next = links[(index + 1) % links.length] ?? link;
      blocks.writeUInt32LE(next, at(link));
      blocks.writeUInt32LE(link, at(next) + 4);
    }
  }
  for (const { address, base, entry, size } of modules) {
    blocks.writeUInt32LE(base, at(address) + 0x18);
    blocks.writeUInt32LE(entry >>> 0, at(address) + 0x1c);
    blocks.writeUInt32LE(size, at(address) + 0x20);
    const name = Buffer.from("kernel32.dll", "utf16le");
    blocks.writeUInt16LE(name.length, at(address) + 0x2c);
    blocks.writeUInt16LE(name.length, at(address) + 0x2e);
    blocks.writeUInt32LE(address + 0x40, at(address) + 0x30);
    name.copy(blocks, at(address) + 0x40);
  }
  return blocks;
}

const LOADER_DATA = BLOCKS_START;
const EXPORTS = FUNCTIONS_END - SYSTEM_MODULE + 0x600;
