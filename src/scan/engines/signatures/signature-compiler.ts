/** Makes tables of databases: line by line, one file after the other. What is broken is reported and left out. */
import { LF, latin1, view } from "../../../core/bytes.ts";
import { signatureLimits } from "../../../core/scan-limits.ts";
import { type BodySignature, parseBodyLine, parseOldBodyLine } from "./body-line.ts";
import { type CompiledSignatures, type DatabaseVersion, packSignatures } from "./compiled-signatures.ts";
import { parseContainerLine } from "./container-line.ts";
import { ContainerTableBuilder } from "./container-tables.ts";
import { addDigestLine, type DigestBuilders, type DigestOrder, isName } from "./digest-line.ts";
import { HashTableBuilder } from "./hash-table.ts";
import { IgnoredNames } from "./ignored-names.ts";
import { parseLogicalLine } from "./logical-line.ts";
import { LogicalTableBuilder } from "./logical-table-builder.ts";
import { LOGICAL } from "./logical-tables.ts";
import { NameTableBuilder } from "./name-table.ts";
import { PatternTableBuilder } from "./pattern-table-builder.ts";
import { signatureFormat } from "./signature-format.ts";
import { ProblemCollector } from "./signature-problems.ts";

/** A file that is no container. Lists of what is to be ignored should come first. */
export interface SignatureFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface CompilerOptions {
  /** Kept with the result, which is not to be used for other files. */
  readonly sources?: string;
  /** Whether signatures of potentially unwanted applications are used too. */
  readonly includesUnwanted?: boolean;
}

type Outcome = "added" | "skipped" | { readonly problem: string };

export class SignatureCompiler {
  readonly #includesUnwanted: boolean;
  readonly #sources: string;
  readonly #names = new NameTableBuilder();
  readonly #problems = new ProblemCollector();
  readonly #ignored = new IgnoredNames();
  readonly #patterns = new PatternTableBuilder();
  readonly #logical = new LogicalTableBuilder(this.#patterns);
  readonly #containers = new ContainerTableBuilder();
  readonly #digests = digestBuilders(this.#names);
  readonly #sections = digestBuilders(this.#names);
  readonly #knownGood = digestBuilders(this.#names);
  readonly #counts: Record<string, number> = {};
  readonly #databases: DatabaseVersion[] = [];
  readonly #unused: { path: string; why: string }[] = [];
  #skipped = 0;

  constructor({ includesUnwanted = false, sources = "" }: CompilerOptions = {}) {
    this.#includesUnwanted = includesUnwanted;
    this.#sources = sources;
  }

  /** Signatures taken so far, names to ignore and digests of harmless files included. */
  get count(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  /** A container whose files are added as well. */
  addDatabase(database: DatabaseVersion): void {
    this.#databases.push(database);
  }

  addProblem(path: string, line: number, problem: string): void {
    this.#problems.add(path, line, problem);
  }

  addUnused(path: string, why: string): void {
    this.#unused.push({ path, why });
  }

  add({ path, bytes }: SignatureFile): void {
    const format = signatureFormat(path);
    if (format === undefined) this.addUnused(path, "its name is none of ClamAV's");
    else if (format.kind === "known") this.addUnused(path, format.what);
    else if (format.kind !== "optional") this.#addLines(path, bytes, format.name, format.name);
    else if (this.#includesUnwanted) this.#addLines(path, bytes, format.name, format.same);
    else this.addUnused(path, "potentially unwanted applications");
  }

  /** Lines of the form `form`, counted as those of `name`. */
  #addLines(path: string, bytes: Uint8Array, name: string, form: string): void {
    const readLine = this.#reader(form);
    const line = this.#readLines(view(bytes), path, (octets, start, end) => {
      const outcome = readLine(octets, start, end);
      if (outcome === "added") this.#counts[name] = (this.#counts[name] ?? 0) + 1;
      else if (outcome === "skipped") this.#skipped += 1;
      else return outcome.problem;
      return undefined;
    });
    this.#problems.endFile(path, line);
  }

  finish(): CompiledSignatures {
    const names = this.#names.build();
    const isIgnored = this.#ignored.filter(names);
    const never = (): boolean => false;
    const logical = this.#logical.build();
    const patterns = this.#patterns.build((isLogical, owner, detail) => {
      if (isIgnored === undefined) return false;
      if (!isLogical) return isIgnored(owner, detail >>> 0);
      const at = owner * LOGICAL.NUMBERS;
      return isIgnored(logical.signatures[at] ?? 0, (logical.signatures[at + LOGICAL.NAME_NUMBER] ?? 0) >>> 0);
    });
    const build = (builders: DigestBuilders) =>
      [builders.md5, builders.sha1, builders.sha256].map((builder) => builder.build(isIgnored)).filter(isFilled);
    return packSignatures(
      {
        names,
        patterns,
        logical: { ...logical, idle: withoutIgnored(logical, isIgnored ?? never) },
        containers: this.#containers.build(isIgnored ?? never),
        digests: build(this.#digests),
        sections: build(this.#sections),
        knownGood: build(this.#knownGood),
      },
      {
        sources: this.#sources,
        counts: this.#counts,
        databases: this.#databases,
        problems: this.#problems.problems,
        unsupported: this.#problems.unsupported,
        unused: this.#unused,
        skipped: this.#skipped,
        ignored: this.#ignored.size,
      },
    );
  }

  /** Answers the number of lines. */
  #readLines(
    bytes: Buffer,
    path: string,
    read: (bytes: Buffer, start: number, end: number) => string | undefined,
  ): number {
    let line = 0;
    let position = 0;
    while (position < bytes.length) {
      const lineFeed = bytes.indexOf(LF, position);
      const next = lineFeed < 0 ? bytes.length : lineFeed;
      let end = next;
      while (end > position && (bytes[end - 1] ?? 0) <= 0x20) end -= 1;
      line += 1;
      if (end > position && bytes[position] !== HASH) {
        const problem =
          end - position > signatureLimits.lineBytes ? "the line is too long" : read(bytes, position, end);
        if (problem !== undefined) this.#problems.add(path, line, problem);
      }
      position = next + 1;
    }
    return line;
  }

  #reader(name: string): (bytes: Buffer, start: number, end: number) => Outcome {
    switch (name) {
      case "mdb":
      case "msb":
        return this.#digestReader("size-first", this.#sections);
      case "fp":
      case "sfp":
        return this.#digestReader("digest-first", this.#knownGood);
      case "ndb":
      case "sdb":
        return this.#textReader((line) => this.#addBody(parseBodyLine(line), line));
      case "db":
        return this.#textReader((line) => this.#addBody(parseOldBodyLine(line), line));
      case "ldb":
        return this.#textReader((line) => this.#addLogical(line));
      case "cdb":
        return this.#textReader((line) => this.#addContainer(line));
      case "ign":
      case "ign2":
        return this.#textReader((line) => {
          const problem = this.#ignored.addLine(line);
          return problem === undefined ? "added" : { problem };
        });
      default:
        return this.#digestReader("digest-first", this.#digests);
    }
  }

  #digestReader(order: DigestOrder, builders: DigestBuilders): (bytes: Buffer, start: number, end: number) => Outcome {
    return (bytes, start, end) => {
      if (this.#ignored.hasLines) {
        const line = latin1(bytes, start, end);
        if (this.#ignored.isIgnoredLine(line.split(":")[2] ?? "", line)) return "skipped";
      }
      return addDigestLine(bytes, start, end, order, builders);
    };
  }

  #textReader(read: (line: string) => Outcome): (bytes: Buffer, start: number, end: number) => Outcome {
    return (bytes, start, end) => read(latin1(bytes, start, end));
  }

  #addBody(parsed: BodySignature | "skipped" | { readonly problem: string }, line: string): Outcome {
    if (parsed === "skipped" || "problem" in parsed) return parsed;
    const { name, target, offset, pattern } = parsed;
    if (this.#ignored.isIgnoredLine(name, line)) return "skipped";
    if (!this.#takeName(name)) return BAD_NAME;
    const owner = { isLogical: false, owner: this.#names.text, detail: this.#names.number | 0, target, wanted: 1 };
    const problem = this.#patterns.add(pattern, offset, owner);
    return problem === undefined ? "added" : { problem };
  }

  #addLogical(line: string): Outcome {
    const parsed = parseLogicalLine(line);
    if (parsed === "skipped" || "problem" in parsed) return parsed;
    if (this.#ignored.isIgnoredLine(parsed.name, line)) return "skipped";
    if (!this.#takeName(parsed.name)) return BAD_NAME;
    const problem = this.#logical.add(parsed, this.#names.text, this.#names.number | 0);
    return problem === undefined ? "added" : { problem };
  }

  #addContainer(line: string): Outcome {
    const parsed = parseContainerLine(line);
    if (parsed === "skipped" || "problem" in parsed) return parsed;
    if (this.#ignored.isIgnoredLine(parsed.name, line)) return "skipped";
    if (!this.#takeName(parsed.name)) return BAD_NAME;
    this.#containers.add(parsed, this.#names.text, this.#names.number | 0);
    return "added";
  }

  /** Into the table of names. */
  #takeName(name: string): boolean {
    const octets = Buffer.from(name, "latin1");
    if (!isName(octets, 0, octets.length)) return false;
    this.#names.add(octets, 0, octets.length);
    return true;
  }
}

function digestBuilders(names: NameTableBuilder): DigestBuilders {
  return {
    md5: new HashTableBuilder("md5", names),
    sha1: new HashTableBuilder("sha1", names),
    sha256: new HashTableBuilder("sha256", names),
  };
}

function withoutIgnored(
  { idle, signatures }: { readonly idle: Int32Array; readonly signatures: Int32Array },
  isIgnored: (text: number, number: number) => boolean,
): Int32Array {
  const kept: number[] = [];
  for (let index = 0; index < idle.length; index += 2) {
    const signature = idle[index + 1] ?? 0;
    const at = signature * LOGICAL.NUMBERS;
    if (!isIgnored(signatures[at] ?? 0, (signatures[at + 1] ?? 0) >>> 0)) kept.push(idle[index] ?? 0, signature);
  }
  return Int32Array.from(kept);
}

function isFilled({ count }: { readonly count: number }): boolean {
  return count > 0;
}

const BAD_NAME = { problem: "the name is empty, too long or not printable" };
const HASH = 0x23;
