/** YARA-X as far as the program uses it: its own types are of a browser, and everything in them may be anything. */
import { Compiler, initSync, type Rules } from "@virustotal/yara-x";
import { yaraLimits } from "../../../core/scan-limits.ts";

/** Rules of one namespace. */
export interface YaraSource {
  readonly namespace: string;
  readonly text: string;
}

export interface YaraMatch {
  readonly rule: string;
  readonly namespace: string;
  readonly tags: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Of each pattern, where it is, in ascending order; no more of one than `yaraLimits.patternMatches`. */
  readonly offsets: readonly (readonly number[])[];
}

/** A compiled set of rules. A scan can not be interrupted: whoever wants it to end ends the thread. */
export interface YaraRuleSet {
  scan(octets: Uint8Array): YaraMatch[];
}

/** Compiled WebAssembly, which threads can hand each other. Throws when the octets are none. */
export function compileYara(octets: Uint8Array): object {
  return new api.Module(new Uint8Array(octets));
}

/** Makes the library ready in this thread. */
export function startYara(module: object): void {
  initSync({ module });
}

/** Throws with the compiler's own report when anything is wrong with a source. */
export function compileRules(sources: readonly YaraSource[]): YaraRuleSet {
  const compiler = new Compiler();
  let rules: Rules;
  try {
    for (const { namespace, text } of sources) {
      compiler.newNamespace(namespace);
      compiler.addSource(text);
    }
    rules = compiler.build();
  } finally {
    compiler.free();
  }
  const scanner = rules.scanner();
  scanner.setMaxMatchesPerPattern(yaraLimits.patternMatches);
  return { scan: (octets) => readMatches(scanner.scan(octets)) };
}

/** What the compiler has against a source: an empty list when nothing. Lines count from 1; 0 is the source as a whole. */
export function checkRules(source: YaraSource): { line: number; problem: string }[] {
  const compiler = new Compiler();
  try {
    compiler.newNamespace(source.namespace);
    try {
      compiler.addSource(source.text);
      return [];
    } catch {
      return compiler.errors.map(readProblem);
    }
  } finally {
    compiler.free();
  }
}

/** `error[E009]: unknown identifier` and, on a line of its own, ` --> line:3:25`. */
function readProblem(report: string): { line: number; problem: string } {
  const [first = ""] = report.split("\n", 1);
  const line = Number(/^\s*--> line:(\d+):/m.exec(report)?.[1] ?? 0);
  return { line, problem: first.replace(/^error\[\w+\]: /, "") };
}

function readMatches(result: unknown): YaraMatch[] {
  const matches: YaraMatch[] = [];
  for (const match of list(record(result).matches)) {
    const { identifier, namespace, isPrivate, isGlobal, tags, metadata, patterns } = record(match);
    // Those are parts of other rules' conditions.
    if (isPrivate === true || isGlobal === true) continue;
    matches.push({
      rule: String(identifier),
      namespace: String(namespace),
      tags: list(tags).map(String),
      metadata: new Map(list(metadata).map((entry) => [String(record(entry).identifier), textOf(record(entry).value)])),
      offsets: list(patterns).map((pattern) => list(record(pattern).matches).map((at) => Number(record(at).offset))),
    });
  }
  return matches;
}

/** Text with an escape in it comes as octets. */
function textOf(value: unknown): string {
  return Array.isArray(value) || value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Record<string, unknown> {
  // A copy would be one of every match.
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The compiler of TypeScript knows WebAssembly only together with the types of a browser. */
const api: { readonly Module: new (octets: Uint8Array) => object } = Reflect.get(globalThis, "WebAssembly");
