/** Fields of Word documents in XML: an instruction is cut into as many pieces as the sender likes, and parts of it may be
 *  results of other fields (QUOTE with character codes, SET and REF with names). */
import { findTags, textAfter } from "../office/xml-tags.ts";
import { isDdeInstruction } from "./word-fields.ts";

/** Whether any field starts a program. */
export function hasDdeFields(text: string): boolean {
  if (!text.includes("instrText") && !text.includes("fldSimple")) return false;
  const fields = new FieldReader();
  for (const tag of findTags(text, "instrText|fldChar|fldSimple")) {
    switch (tag.name) {
      case "fldSimple":
        if (isDdeInstruction(tag.attributes.get("instr") ?? "")) return true;
        break;
      case "fldChar":
        if (fields.mark(tag.attributes.get("fldCharType") ?? "")) return true;
        break;
      default:
        fields.instruct(textAfter(text, tag, MAX_CHARACTERS));
    }
  }
  return fields.endAll();
}

class FieldReader {
  /** The instructions of fields that are not at their end, the innermost last. */
  readonly #open: string[] = [];
  readonly #named = new Map<string, string>();

  /** Begin, separator or end of a field; whether one that ends starts a program. */
  mark(kind: string): boolean {
    if (kind === "begin") {
      if (this.#open.length < MAX_NESTING) this.#open.push("");
      return false;
    }
    const instruction = this.#open.at(-1);
    if (instruction === undefined) return false;
    if (kind === "end") {
      this.#open.pop();
      this.instruct(this.#result(instruction));
    }
    return isDdeInstruction(instruction);
  }

  instruct(text: string): void {
    // Outside of any field an instruction has no effect, but readers are not strict.
    if (this.#open.length === 0) this.#open.push("");
    const last = this.#open.length - 1;
    const joined = (this.#open[last] ?? "") + text;
    this.#open[last] = joined.length > MAX_CHARACTERS ? joined.slice(0, MAX_CHARACTERS) : joined;
  }

  endAll(): boolean {
    return this.#open.some(isDdeInstruction);
  }

  /** What a field puts into the field around it. */
  #result(instruction: string): string {
    const [word = "", name = "", ...values] = instruction.trim().split(/\s+/);
    switch (word.toUpperCase()) {
      case "QUOTE":
        return charactersOf([name, ...values]);
      case "SET":
        if (this.#named.size < MAX_NAMES) this.#named.set(name.toLowerCase(), values.join(" ").replaceAll('"', ""));
        return "";
      case "REF":
        return this.#named.get(name.toLowerCase()) ?? "";
      default:
        return this.#named.get(word.toLowerCase()) ?? "";
    }
  }
}

function charactersOf(words: readonly string[]): string {
  return words
    .map((word) => {
      const plain = word.replaceAll('"', "");
      const code = Number(plain);
      return plain !== "" && code >= 9 && code < 0x10000 ? String.fromCharCode(code) : plain;
    })
    .join("");
}

const MAX_CHARACTERS = 4096;
const MAX_NESTING = 100;
const MAX_NAMES = 1_000;
