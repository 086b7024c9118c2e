/** Decides on signatures of what containers hold: by the container, and by name, size and checksum of the entry. */
import { crc32 } from "node:zlib";
import type { Content } from "../../engine.ts";
import { CONTAINER, type ContainerTables } from "./container-tables.ts";
import { isOfFileType } from "./file-type.ts";
import { RegexAutomaton, type StepBudget } from "./regex-automaton.ts";

export class ContainerMatcher {
  readonly #tables: ContainerTables;
  readonly #automata = new Map<number, RegexAutomaton>();

  constructor(tables: ContainerTables) {
    this.#tables = tables;
  }

  get isEmpty(): boolean {
    return this.#tables.signatures.length === 0;
  }

  /** The offsets of the records that are true of `content`. */
  match(content: Content, budget: StepBudget): number[] {
    const { signatures } = this.#tables;
    const { parent } = content;
    if (parent === undefined) return [];
    const name = Buffer.from(content.name, "latin1");
    const found: number[] = [];
    for (let at = 0; at < signatures.length; at += CONTAINER.NUMBERS) {
      if (this.#hasSizes(at, content, parent) && this.#isIn(at, parent) && this.#hasName(at, name, budget)) {
        if (this.#hasCrc(at, content)) found.push(at);
      }
    }
    return found;
  }

  /** Whether what is found depends on the size of the container. */
  get dependsOnSize(): boolean {
    const { signatures } = this.#tables;
    for (let at = 0; at < signatures.length; at += CONTAINER.NUMBERS) {
      if ((signatures[at + CONTAINER.CONTAINER_MIN] ?? -1) >= 0) return true;
    }
    return false;
  }

  #hasSizes(at: number, { bytes }: Content, parent: Content): boolean {
    return (
      this.#isWithin(bytes.length, at + CONTAINER.SIZE_MIN) &&
      this.#isWithin(parent.bytes.length, at + CONTAINER.CONTAINER_MIN)
    );
  }

  #isWithin(size: number, at: number): boolean {
    const { signatures } = this.#tables;
    const min = signatures[at] ?? -1;
    return min < 0 || (size >= min && size <= (signatures[at + 1] ?? 0));
  }

  #isIn(at: number, parent: Content): boolean {
    const type = this.#tables.signatures[at + CONTAINER.TYPE] ?? -1;
    return type < 0 || isOfFileType(parent, type);
  }

  #hasName(at: number, name: Buffer, budget: StepBudget): boolean {
    const { signatures, regexCode, regexSets } = this.#tables;
    const length = signatures[at + CONTAINER.CODE_LENGTH] ?? 0;
    if (length === 0) return true;
    if (name.length === 0) return false;
    let automaton = this.#automata.get(at);
    if (automaton === undefined) {
      const code = signatures[at + CONTAINER.CODE] ?? 0;
      const sets = signatures[at + CONTAINER.SETS] ?? 0;
      automaton = new RegexAutomaton({
        code: regexCode.subarray(code, code + length),
        sets: regexSets.subarray(sets, sets + (signatures[at + CONTAINER.SETS_LENGTH] ?? 0)),
      });
      if (this.#automata.size >= MAX_AUTOMATA) this.#automata.clear();
      this.#automata.set(at, automaton);
    }
    return automaton.find(name, { base: 0, end: name.length, first: 0, last: name.length }, budget) >= 0;
  }

  #hasCrc(at: number, { bytes }: Content): boolean {
    const { signatures } = this.#tables;
    if (signatures[at + CONTAINER.HAS_CRC] !== 1) return true;
    return crc32(bytes) === (signatures[at + CONTAINER.CRC] ?? 0) >>> 0;
  }
}

const MAX_AUTOMATA = 256;
