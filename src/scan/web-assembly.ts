/** WebAssembly as far as the program uses it: the compiler knows its types only together with those of a browser. */

export interface WebAssemblyMemory {
  /** Another one whenever the memory has grown. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** By module and name. */
export type WebAssemblyImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Compiled code, which runs nothing yet. */
export interface WebAssemblyCode {
  /** A new instance with memory of its own; what it exports. Throws when the code asks for more than `imports`. */
  instantiate(imports: WebAssemblyImports): Readonly<Record<string, unknown>>;
}

/** Throws when the octets are not WebAssembly. They may be in memory that threads share. */
export function compileWebAssembly(octets: Uint8Array): WebAssemblyCode {
  const module = new api.Module(new Uint8Array(octets));
  return { instantiate: (imports) => new api.Instance(module, imports).exports };
}

const api: {
  readonly Module: new (octets: Uint8Array) => object;
  readonly Instance: new (module: object, imports: WebAssemblyImports) => { exports: Record<string, unknown> };
} = Reflect.get(globalThis, "WebAssembly");
