/** Evaluates what a script says in literals: concatenations, arrays, calls that decode, variables that hold them. Nothing
 *  is run; what is not known is left out and the rest goes on. Every token is read once. */
import { callKnownFunction, callMethod } from "./script-calls.ts";
import { type ScriptLanguage, ScriptLexer } from "./script-lexer.ts";
import { ScriptRoom } from "./script-room.ts";
import { joined, listOf, type ScriptValue, sum, textOf } from "./script-value.ts";

export interface ScriptValues {
  /** Every value that is not part of another one. */
  readonly values: readonly ScriptValue[];
  /** The names that the script uses, and texts that are as long as names: both are what members are called by. */
  readonly names: ReadonlySet<string>;
  /** Evaluating it makes more than is looked at. */
  readonly isCut: boolean;
}

export function evaluateScript(source: string, language: ScriptLanguage): ScriptValues {
  return new Evaluation(source, language).run();
}

class Evaluation {
  readonly #lexer: ScriptLexer;
  readonly #values: ScriptValue[] = [];
  readonly #names = new Set<string>();
  readonly #variables = new Map<string, { value: ScriptValue; isUsed: boolean }>();
  readonly #emitted = new Set<ScriptValue>();
  readonly #room: ScriptRoom;
  /** For what is given: each value of it is read once more. */
  readonly #emitRoom: ScriptRoom;
  #depth = 0;

  constructor(source: string, language: ScriptLanguage) {
    this.#lexer = new ScriptLexer(source, language);
    this.#room = new ScriptRoom(source.length * ROOM_FACTOR + MIN_ROOM);
    this.#emitRoom = new ScriptRoom(source.length * ROOM_FACTOR + MIN_ROOM);
  }

  run(): ScriptValues {
    this.#lexer.next();
    while (this.#lexer.kind !== "end") this.#emit(this.#sum());
    for (const { value, isUsed } of this.#variables.values()) if (!isUsed) this.#emit(value);
    return { values: this.#values, names: this.#names, isCut: this.#room.isExhausted || this.#emitRoom.isExhausted };
  }

  #emit(value: ScriptValue | undefined): void {
    if (value === undefined || this.#emitted.has(value)) return;
    this.#emitted.add(value);
    if (value.kind === "list") this.#emitItems(value);
    else if (value.kind === "numbers") this.#values.push(value);
    else if (value.kind === "text") {
      this.#name(value.text);
      const isWanted = value.text.length >= MIN_TEXT;
      if (isWanted && this.#emitRoom.take(value.text.length)) this.#values.push(value);
    }
  }

  /** A list of texts is one text in pieces, as a rule; what stands in the script as it is need not be given alone. */
  #emitItems(list: ScriptValue & { kind: "list" }): void {
    for (const item of list.items) if (item.kind !== "text" || !item.isPlain) this.#emit(item);
    if (list.items.length > 1) this.#emit(joined(list, "", this.#room));
  }

  /** Reads at least one token. */
  #sum(): ScriptValue | undefined {
    let value = this.#operand();
    while (true) {
      const isMinus = this.#lexer.isMark("-");
      const isXor = this.#lexer.isMark("^");
      const isPlus = this.#lexer.isMark("+") || (this.#lexer.language === "vbscript" && this.#lexer.isMark("&"));
      if (!isPlus && !isMinus && !isXor) return value;
      this.#lexer.next();
      const right = this.#operand();
      if (isPlus) value = this.#added(value, right);
      else if (value?.kind === "number" && right?.kind === "number") {
        value = { kind: "number", number: isXor ? value.number ^ right.number : value.number - right.number };
      } else value = this.#added(value, undefined) ?? right;
    }
  }

  /** What can not be added is given by itself. */
  #added(left: ScriptValue | undefined, right: ScriptValue | undefined): ScriptValue | undefined {
    const value = left === undefined || right === undefined ? undefined : sum(left, right, this.#room);
    if (value !== undefined) return value;
    this.#emit(left);
    return right;
  }

  /** Reads at least one token, and no more than what belongs to it. */
  #operand(): ScriptValue | undefined {
    this.#depth += 1;
    const value = this.#depth > MAX_DEPTH ? this.#skipped() : this.#members(this.#primary());
    this.#depth -= 1;
    return value;
  }

  #skipped(): undefined {
    this.#lexer.next();
    return undefined;
  }

  #primary(): ScriptValue | undefined {
    const { kind, text, number, isPlain } = this.#lexer;
    if (kind === "name") return this.#named();
    this.#lexer.next();
    if (kind === "string") return { kind: "text", text, isPlain };
    if (kind === "number") return { kind: "number", number };
    if (kind === "regex") return { kind: "pattern", pattern: text };
    return kind === "mark" ? this.#marked(text) : undefined;
  }

  /** What stands behind the mark, which is read. */
  #marked(mark: string): ScriptValue | undefined {
    if (mark === "[") return listOf(this.#items("]"));
    if (mark === "(") {
      const values = this.#items(")");
      for (const value of values.slice(0, -1)) this.#emit(value);
      return values.at(-1);
    }
    if (mark !== "-" || this.#lexer.kind !== "number") return undefined;
    const value: ScriptValue = { kind: "number", number: -this.#lexer.number };
    this.#lexer.next();
    return value;
  }

  /** The values up to the closing mark, which is read; numbers side by side are one. */
  #items(closing: string): ScriptValue[] {
    const lexer = this.#lexer;
    const items: ScriptValue[] = [];
    let numbers: number[] = [];
    while (lexer.kind !== "end" && !lexer.isMark(closing)) {
      // Another bracket's end: this one was never closed.
      if (lexer.isMark(closing === ")" ? "]" : ")") || lexer.isMark("}")) return withNumbers(items, numbers);
      if (lexer.isMark(",") || lexer.isMark(";")) {
        lexer.next();
        continue;
      }
      if (lexer.kind === "number" && (lexer.following === "," || lexer.following === closing)) {
        numbers.push(lexer.number);
        lexer.next();
        continue;
      }
      const value = this.#sum();
      if (value?.kind === "number") numbers.push(value.number);
      else if (value !== undefined) {
        withNumbers(items, numbers).push(value);
        numbers = [];
      }
    }
    lexer.next();
    return withNumbers(items, numbers);
  }

  /** A name: of a variable that is set or used, of a function that is called, or of nothing that is known. */
  #named(): ScriptValue | undefined {
    const lexer = this.#lexer;
    let name = lexer.text;
    this.#name(name);
    lexer.next();
    while (lexer.isMark(".")) {
      lexer.next();
      if (lexer.kind !== "name") return undefined;
      // A method of something that is known is left to what looks at members.
      if (lexer.following === "(" && this.#variables.has(name)) return this.#method(this.#used(name));
      name = lexer.text;
      this.#name(name);
      lexer.next();
    }
    if (name === "new" || name === "return" || name === "typeof" || name === "await") return this.#operand();
    if (lexer.isMark("(")) return this.#call(name);
    if (lexer.isMark("=") || lexer.isMark("+=") || lexer.isMark(":")) return this.#assign(name);
    return this.#used(name);
  }

  #call(name: string): ScriptValue | undefined {
    this.#lexer.next();
    const values = this.#items(")");
    const result = callKnownFunction(name, values, this.#room);
    if (result !== undefined) return result;
    // A function that is not known may decode what it is given: its argument stands for the result.
    if (values.length === 1) return values[0];
    for (const value of values) this.#emit(value);
    return undefined;
  }

  #assign(name: string): undefined {
    const operator = this.#lexer.text;
    this.#lexer.next();
    // "==" and "=>" assign nothing.
    if (this.#lexer.isMark("=") || this.#lexer.isMark(">")) return undefined;
    const value = this.#sum();
    if (value === undefined) return undefined;
    const before = this.#variables.get(name);
    const total = operator === "+=" && before !== undefined ? this.#added(before.value, value) : value;
    if (operator !== "+=" && before !== undefined && !before.isUsed) this.#emit(before.value);
    if (total !== undefined) this.#variables.set(name, { value: total, isUsed: false });
    return undefined;
  }

  #used(name: string): ScriptValue | undefined {
    const variable = this.#variables.get(name);
    if (variable === undefined) return undefined;
    variable.isUsed = true;
    return variable.value;
  }

  /** Methods that are called on `value`, and elements that are taken from it, one after the other. */
  #members(first: ScriptValue | undefined): ScriptValue | undefined {
    const lexer = this.#lexer;
    let value = first;
    while (true) {
      if (lexer.isMark(".")) {
        lexer.next();
        if (lexer.kind !== "name") return value;
        value = this.#method(value);
      } else if (lexer.isMark("[") && value !== undefined) {
        lexer.next();
        value = this.#element(value, this.#items("]")[0]);
      } else return value;
    }
  }

  /** The member whose name is read next. */
  #method(value: ScriptValue | undefined): ScriptValue | undefined {
    const name = this.#lexer.text;
    this.#name(name);
    this.#lexer.next();
    if (!this.#lexer.isMark("(")) {
      this.#emit(value);
      return undefined;
    }
    if (value === undefined) return this.#call(name);
    this.#lexer.next();
    const result = callMethod(name, value, this.#items(")"), this.#room);
    if (result === undefined) this.#emit(value);
    return result;
  }

  #element(value: ScriptValue, index: ScriptValue | undefined): ScriptValue | undefined {
    if (index?.kind === "text") this.#name(index.text);
    if (index?.kind !== "number") {
      this.#emit(value);
      return undefined;
    }
    if (value.kind === "list") return value.items[index.number];
    if (value.kind === "numbers") return { kind: "number", number: value.numbers[index.number] ?? 0 };
    return textOf(value) === undefined ? undefined : value;
  }

  #name(name: string): void {
    if (name.length < MAX_NAME && this.#names.size < MAX_NAMES) this.#names.add(name);
  }
}

function withNumbers(items: ScriptValue[], numbers: readonly number[]): ScriptValue[] {
  const [first] = numbers;
  if (numbers.length > 1) items.push({ kind: "numbers", numbers });
  else if (first !== undefined) items.push({ kind: "number", number: first });
  return items;
}

/** Brackets inside each other. */
const MAX_DEPTH = 64;
/** What a script makes may be so many times as long as it is: texts grow while they are put together. */
const ROOM_FACTOR = 8;
const MIN_ROOM = 64 * 1024;
/** Shorter texts are words. */
const MIN_TEXT = 16;
const MAX_NAME = 64;
const MAX_NAMES = 10_000;
