/** The embedded engine: the EICAR test signature, and ClamAV's databases. */
import { hash } from "node:crypto";
import { signatureLimits } from "../../../core/scan-limits.ts";
import type { Content, Engine, EngineFinding, EngineNotes } from "../../engine.ts";
import { mayHold } from "../../search/marks.ts";
import { type CompiledSignatures, openSignatures, type SignatureTables } from "./compiled-signatures.ts";
import { ContainerMatcher } from "./container-matcher.ts";
import { CONTAINER } from "./container-tables.ts";
import { EICAR_LITERAL, EICAR_NAME } from "./eicar.ts";
import { executableLayout } from "./executable-layout.ts";
import { entryName, findEntry, type HashTable, mayContain } from "./hash-table.ts";
import { isKnownGood } from "./known-good.ts";
import { LogicalMatcher } from "./logical-matcher.ts";
import { LOGICAL } from "./logical-tables.ts";
import { nameOf } from "./name-table.ts";
import { normalHtml, normalText } from "./normal-text.ts";
import { PatternMatcher } from "./pattern-matcher.ts";
import type { ExecutableLayout } from "./pattern-offset.ts";
import { ENCODED_SCOPE, PATTERN, type PatternScope } from "./pattern-tables.ts";
import { TARGETS, targetsOf } from "./target-type.ts";

/** Patterns are looked for everywhere but in a message as a whole, whose octets come again as its parts, unless they are
 *  for mail; digests are those of everything that is a file of its own or may be. */
export function createSignatureEngine(signatures?: CompiledSignatures): Engine {
  const databases = signatures === undefined ? undefined : new DatabaseEngine(openSignatures(signatures));
  return {
    name: "signatures",
    inspect(content, notes = NO_NOTES) {
      const findings: EngineFinding[] = [];
      if (content.origin !== "message" && hasEicar(content)) findings.push(finding(EICAR_NAME));
      return databases === undefined ? findings : databases.inspect(content, findings, notes);
    },
  };
}

class DatabaseEngine {
  readonly #tables: SignatureTables;
  readonly #patterns: PatternMatcher;
  readonly #logical: LogicalMatcher;
  readonly #containers: ContainerMatcher;
  readonly #scopes: ReadonlyMap<number, PatternScope>;
  /** Types of content that logical signatures may be true of without any pattern. */
  readonly #idleTargets: ReadonlySet<number>;
  /** Nothing depends on the type of content. */
  readonly #isForAny: boolean;
  readonly #containersDependOnSize: boolean;

  constructor(tables: SignatureTables) {
    this.#tables = tables;
    this.#patterns = new PatternMatcher(tables.patterns);
    this.#logical = new LogicalMatcher(tables.logical);
    this.#containers = new ContainerMatcher(tables.containers);
    this.#scopes = new Map(tables.patterns.scopes.map((scope) => [scope.target, scope]));
    this.#idleTargets = new Set(tables.logical.idle.filter((_, index) => index % 2 === 0));
    this.#isForAny =
      this.#idleTargets.size === 0 && [...this.#scopes.keys()].every((target) => FOR_ANY.includes(target));
    this.#containersDependOnSize = this.#containers.dependsOnSize;
  }

  inspect(content: Content, builtIn: readonly EngineFinding[], notes: EngineNotes): readonly EngineFinding[] {
    const names = new Set<string>();
    this.#matchDigests(content, names);
    this.#matchPatterns(content, names, notes);
    this.#matchContainers(content, names, notes);
    if (names.size === 0 && builtIn.length === 0) return NO_FINDINGS;
    const known = isKnownGood(content, this.#tables.knownGood);
    if (known === undefined) return [...builtIn, ...Array.from(names, finding)];
    if (known === "parent") notes.dependsOnParent();
    return NO_FINDINGS;
  }

  #matchDigests({ bytes, origin }: Content, names: Set<string>): void {
    if (origin === "header" || origin === "encoded") return;
    for (const table of this.#tables.digests) this.#matchDigest(table, bytes, names);
    if (this.#tables.sections.length === 0 || bytes[0] !== LETTER_M) return;
    for (const { start, bytes: length } of executableLayout(bytes)?.sections ?? []) {
      const section = bytes.subarray(start, start + length);
      for (const table of this.#tables.sections) this.#matchDigest(table, section, names);
    }
  }

  #matchDigest(table: HashTable, bytes: Buffer, names: Set<string>): void {
    if (bytes.length === 0 || !mayContain(table, bytes.length)) return;
    const entry = findEntry(table, hash(table.kind, bytes, "buffer"), bytes.length);
    if (entry >= 0) names.add(entryName(table, entry, this.#tables.names));
  }

  #matchPatterns(content: Content, names: Set<string>, notes: EngineNotes): void {
    const { bytes, origin } = content;
    if (this.#scopes.size === 0 && this.#idleTargets.size === 0) return;
    const raw: number[] = [];
    if (origin === "encoded") raw.push(ENCODED_SCOPE);
    else if (origin !== "message") raw.push(TARGETS.any);
    for (const target of this.#isForAny ? NO_TARGETS : targetsOf(content)) {
      if (!this.#scopes.has(target) && !this.#idleTargets.has(target)) continue;
      if (target === TARGETS.html) this.#matchNormal(content, normalHtml, target, names, notes);
      else if (target === TARGETS.text) this.#matchNormal(content, normalText, target, names, notes);
      else raw.push(target);
    }
    if (raw.length > 0) this.#match(content, bytes, raw, names, notes);
  }

  #matchNormal(
    content: Content,
    normalize: (bytes: Buffer) => Buffer,
    target: number,
    names: Set<string>,
    notes: EngineNotes,
  ): void {
    const max = signatureLimits.normalizedBytes;
    if (content.bytes.length > max) notes.incomplete(`only ${max} octets were brought into normal form`);
    this.#match(content, normalize(content.bytes.subarray(0, max)), [target], names, notes);
  }

  #match(content: Content, bytes: Buffer, targets: readonly number[], names: Set<string>, notes: EngineNotes): void {
    const { patterns, logical, names: texts } = this.#tables;
    let found: ExecutableLayout | undefined;
    let isLayoutKnown = false;
    const layout = (): ExecutableLayout | undefined => {
      if (!isLayoutKnown) found = executableLayout(bytes);
      isLayoutKnown = true;
      return found;
    };
    const scopes = targets.flatMap((target) => this.#scopes.get(target) ?? []);
    if (scopes.length === 0 && this.#idleTargets.size === 0) return;
    const budget = this.#patterns.match({ bytes, layout }, scopes, (pattern, start) => {
      const at = pattern * PATTERN.NUMBERS;
      const owner = patterns.patterns[at + PATTERN.OWNER] ?? 0;
      const detail = patterns.patterns[at + PATTERN.DETAIL] ?? 0;
      if (patterns.patterns[at + PATTERN.IS_LOGICAL] === 1) this.#logical.count(owner, detail, start);
      else names.add(nameOf(texts, owner, detail >>> 0));
    });
    // What must not be there is not there in a header either, but no signature means that.
    const types = content.origin === "header" ? NO_TARGETS : targets;
    for (const signature of this.#logical.finish({ content, bytes, layout }, types, budget)) {
      const at = signature * LOGICAL.NUMBERS;
      const { signatures } = logical;
      names.add(
        nameOf(texts, signatures[at + LOGICAL.NAME_TEXT] ?? 0, (signatures[at + LOGICAL.NAME_NUMBER] ?? 0) >>> 0),
      );
    }
    if (budget.steps <= 0) notes.incomplete("too much in it looks like the beginning of a signature");
  }

  #matchContainers(content: Content, names: Set<string>, notes: EngineNotes): void {
    if (this.#containers.isEmpty || content.parent === undefined || !ENTRIES.has(content.origin)) return;
    if (this.#containersDependOnSize && content.parent.origin === "message") notes.dependsOnParent();
    const { signatures } = this.#tables.containers;
    for (const at of this.#containers.match(content, { steps: signatureLimits.verifySteps })) {
      const text = signatures[at + CONTAINER.NAME_TEXT] ?? 0;
      names.add(nameOf(this.#tables.names, text, (signatures[at + CONTAINER.NAME_NUMBER] ?? 0) >>> 0));
    }
  }
}

/** By a few of its octets of which the first is rare: of longer texts, and of letters, a search takes five times as long. */
function hasEicar({ bytes, origin }: Content): boolean {
  // In base64 that octet is not at all.
  if (origin !== "encoded" && !mayHold(bytes, "eicar")) return false;
  for (let place = bytes.indexOf(EICAR_RARE); place >= 0; place = bytes.indexOf(EICAR_RARE, place + 1)) {
    const start = place - EICAR_RARE_OFFSET;
    if (start >= 0 && EICAR_LITERAL.equals(bytes.subarray(start, start + EICAR_LITERAL.length))) return true;
  }
  return false;
}

/** Names of potentially unwanted applications begin so: that one is there is a matter of policy. */
function finding(name: string): EngineFinding {
  return { name, kind: name.startsWith("PUA.") ? "policy" : "malware" };
}

const EICAR_RARE_OFFSET = EICAR_LITERAL.indexOf("^");
const EICAR_RARE = EICAR_LITERAL.subarray(EICAR_RARE_OFFSET, EICAR_RARE_OFFSET + 6);
const FOR_ANY: readonly number[] = [TARGETS.any, ENCODED_SCOPE];
const NO_TARGETS: readonly number[] = [];
const NO_FINDINGS: readonly EngineFinding[] = [];
const NO_NOTES: EngineNotes = { incomplete: () => {}, dependsOnParent: () => {} };
const ENTRIES: ReadonlySet<string> = new Set(["entry", "decoded", "text", "quoted"]);
const LETTER_M = 0x4d;
