/** The functions of Windows that packed programs call while they unpack themselves: how many arguments each takes, and
 *  what it answers. Nothing that they do reaches beyond the emulated memory. */
import { EAX, ESP, type X86Processor } from "./x86-processor.ts";

/** What functions need of the process. */
export interface FunctionHost {
  readonly cpu: X86Processor;
  readonly imageBase: number;
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

const MAX_NAME_CHARACTERS = 128;

const FUNCTIONS: ReadonlyMap<string, KnownFunction> = new Map<string, KnownFunction>([
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
  ["VirtualFree", always(3, 1)],
  ["GlobalFree", always(1, 0)],
  ["LocalFree", always(1, 0)],
  ["HeapFree", always(3, 1)],
  ["HeapCreate", always(3, 0x140000)],
  ["HeapDestroy", always(1, 1)],
  ["GlobalLock", { arguments: 1, answer: (argument) => argument(0) }],
  ["GlobalUnlock", always(1, 0)],
  ["GetProcessHeap", always(0, 0x140000)],
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
  ["VirtualQuery", always(3, 0)],
  ["FlushInstructionCache", always(3, 1)],
  ["IsBadReadPtr", always(2, 0)],
  ["IsBadWritePtr", always(2, 0)],
  ["FreeLibrary", always(1, 1)],
  ["GetVersion", always(0, 0x0a280105)],
  ["GetVersionEx", always(1, 0)],
  ["GetTickCount", always(0, 0x123456)],
  ["GetCurrentProcess", always(0, -1)],
  ["GetCurrentProcessId", always(0, 1234)],
  ["GetCurrentThread", always(0, -2)],
  ["GetCurrentThreadId", always(0, 1235)],
  ["IsDebuggerPresent", always(0, 0)],
  ["CheckRemoteDebuggerPresent", always(2, 0)],
  ["OutputDebugString", always(1, 0)],
  ["SetErrorMode", always(1, 0)],
  ["GetLastError", always(0, 0)],
  ["SetLastError", always(1, 0)],
  ["SetUnhandledExceptionFilter", always(1, 0)],
  ["Sleep", always(1, 0)],
  ["CloseHandle", always(1, 1)],
  ["CreateFile", always(7, -1)],
  ["CreateMutex", always(3, 0x44)],
  ["OpenMutex", always(3, 0)],
  ["CreateToolhelp32Snapshot", always(2, -1)],
  ["Process32First", always(2, 0)],
  ["Process32Next", always(2, 0)],
  ["CreateThread", always(6, 0x48)],
  ["WaitForSingleObject", always(2, 0)],
  ["FindWindow", always(2, 0)],
  ["GetCommandLine", { arguments: 0, answer: (_argument, host) => host.allocate(16) }],
  ["GetStartupInfo", always(1, 0)],
  ["GetSystemInfo", always(1, 0)],
  ["QueryPerformanceCounter", always(1, 1)],
  ["GetSystemTimeAsFileTime", always(1, 0)],
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
  [
    "GetModuleFileName",
    { arguments: 3, answer: (argument, host) => writeText(host, argument(1), "C:\\program.exe") },
  ],
  ["ExitProcess", always(1, "end")],
  ["TerminateProcess", always(2, "end")],
  ["ExitThread", always(1, "end")],
  ["MessageBox", always(4, 1)],
  ["DialogBoxParam", always(5, 1)],
]);

/** The names under which programs find them. */
export const FUNCTION_NAMES: readonly string[] = [...FUNCTIONS.keys()].flatMap((name) => [name, `${name}A`]);
