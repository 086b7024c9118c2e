/** The functions of Windows that packed programs call while they unpack themselves: how many arguments each takes, and
 *  what it answers. Nothing that they do reaches beyond the emulated memory. */
import { SIMPLE_FUNCTIONS } from "./windows-simple-functions.ts";
import { EAX, ESP, type X86Processor } from "./x86-processor.ts";

/** What functions need of the process. */
export interface FunctionHost {
  readonly cpu: X86Processor;
  readonly imageBase: number;
  /** The program's file: the only one that there is. */
  readonly file: Buffer;
  filePosition: number;
  /** Memory for the program; 0 when it has had enough. */
  allocate(bytes: number): number;
  /** The address of a function of that name; of a module. */
  functionAddress(name: string): number;
  moduleAddress(name: string): number;
}

/** Executes the function as if the program had called it. "end" when it is one that the program ends with, or that says
 *  that it is unpacked; "unknown" when nobody knows how many arguments it takes. */
export function callFunction(name: string, host: FunctionHost): "done" | "end" | "unknown" {
  const known = FUNCTIONS.get(name) ?? FUNCTIONS.get(name.replace(/[AW]$/, ""));
  if (known === undefined) return "unknown";
  const { cpu } = host;
  const argument = (index: number): number => cpu.memory.read32((cpu.registers[ESP] ?? 0) + 4 + index * 4);
  const answer = known.answer(argument, host);
  if (answer === "end") return "end";
  cpu.registers[EAX] = answer;
  cpu.eip = cpu.pop() >>> 0;
  cpu.registers[ESP] = (cpu.registers[ESP] ?? 0) + known.arguments * 4;
  return "done";
}

interface KnownFunction {
  readonly arguments: number;
  readonly answer: (argument: (index: number) => number, host: FunctionHost) => number | "end";
}

function always(count: number, value: number | "end"): KnownFunction {
  return { arguments: count, answer: () => value };
}

function text(host: FunctionHost, address: number): string {
  return host.cpu.memory.readText(address >>> 0, MAX_NAME_CHARACTERS);
}

function writeText(host: FunctionHost, address: number, value: string): number {
  for (let index = 0; index <= value.length; index += 1) {
    host.cpu.memory.write8((address + index) >>> 0, index < value.length ? value.charCodeAt(index) : 0);
  }
  return value.length;
}

function readFile(argument: (index: number) => number, host: FunctionHost): number {
  const length = Math.min(argument(2) >>> 0, Math.max(0, host.file.length - host.filePosition));
  writeOctets(host, argument(1), host.file.subarray(host.filePosition, host.filePosition + length));
  host.filePosition += length;
  if (argument(3) !== 0) host.cpu.memory.write32(argument(3), length);
  return 1;
}

function writeOctets(host: FunctionHost, address: number, octets: Buffer): number {
  for (let index = 0; index < octets.length; index += 1) {
    host.cpu.memory.write8((address + index) >>> 0, octets[index] ?? 0);
  }
  return address;
}

const MAX_NAME_CHARACTERS = 128;
const FILE_HANDLE = 0x50;

const FUNCTIONS: ReadonlyMap<string, KnownFunction> = new Map<string, KnownFunction>([
  ...SIMPLE_FUNCTIONS.map(({ name, arguments: count, answer }): [string, KnownFunction] => [
    name,
    always(count, answer),
  ]),
  ["LoadLibrary", { arguments: 1, answer: (argument, host) => host.moduleAddress(text(host, argument(0))) }],
  ["LoadLibraryEx", { arguments: 3, answer: (argument, host) => host.moduleAddress(text(host, argument(0))) }],
  [
    "GetModuleHandle",
    {
      arguments: 1,
      answer: (argument, host) =>
        argument(0) === 0 ? host.imageBase | 0 : host.moduleAddress(text(host, argument(0))),
    },
  ],
  [
    "GetProcAddress",
    {
      arguments: 2,
      answer: (argument, host) => {
        const name = argument(1) >>> 0;
        return host.functionAddress(name < 0x10000 ? `#${name}` : text(host, name));
      },
    },
  ],
  ["VirtualAlloc", { arguments: 4, answer: (argument, host) => host.allocate(argument(1) >>> 0) }],
  ["VirtualAllocEx", { arguments: 5, answer: (argument, host) => host.allocate(argument(2) >>> 0) }],
  ["GlobalAlloc", { arguments: 2, answer: (argument, host) => host.allocate(argument(1) >>> 0) }],
  ["LocalAlloc", { arguments: 2, answer: (argument, host) => host.allocate(argument(1) >>> 0) }],
  ["HeapAlloc", { arguments: 3, answer: (argument, host) => host.allocate(argument(2) >>> 0) }],
  ["RtlAllocateHeap", { arguments: 3, answer: (argument, host) => host.allocate(argument(2) >>> 0) }],
  ["GlobalLock", { arguments: 1, answer: (argument) => argument(0) }],
  [
    "VirtualProtect",
    {
      arguments: 4,
      answer: (argument, host) => {
        if (argument(3) !== 0) host.cpu.memory.write32(argument(3), 0x40);
        return 1;
      },
    },
  ],
  // Devices are asked for by programs that want to know whether they are watched.
  [
    "CreateFile",
    {
      arguments: 7,
      answer: (argument, host) => (text(host, argument(0)).startsWith("\\\\.\\") ? -1 : FILE_HANDLE),
    },
  ],
  ["GetFileSize", { arguments: 2, answer: (_argument, host) => host.file.length }],
  [
    "SetFilePointer",
    {
      arguments: 4,
      answer: (argument, host) => {
        const base = [0, host.filePosition, host.file.length][argument(3)] ?? 0;
        host.filePosition = Math.max(0, base + argument(1));
        return host.filePosition;
      },
    },
  ],
  ["ReadFile", { arguments: 5, answer: (argument, host) => readFile(argument, host) }],
  ["CreateFileMapping", always(6, FILE_HANDLE)],
  [
    "MapViewOfFile",
    {
      arguments: 5,
      answer: (_argument, host) => {
        const address = host.allocate(host.file.length);
        return address === 0 ? 0 : writeOctets(host, address, host.file);
      },
    },
  ],
  ["GetCommandLine", { arguments: 0, answer: (_argument, host) => host.allocate(16) }],
  ["lstrlen", { arguments: 1, answer: (argument, host) => text(host, argument(0)).length }],
  [
    "lstrcpy",
    {
      arguments: 2,
      answer: (argument, host) => {
        writeText(host, argument(0), text(host, argument(1)));
        return argument(0);
      },
    },
  ],
  ["GetModuleFileName", { arguments: 3, answer: (argument, host) => writeText(host, argument(1), "C:\\program.exe") }],
  ["ExitProcess", always(1, "end")],
  ["TerminateProcess", always(2, "end")],
  ["ExitThread", always(1, "end")],
]);

/** The names under which programs find them. */
export const FUNCTION_NAMES: readonly string[] = [...FUNCTIONS.keys()].flatMap((name) => [name, `${name}A`]);
