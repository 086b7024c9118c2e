/** Names of signatures that are to be ignored (.ign, .ign2). */
import { hash } from "node:crypto";
import { type NameTexts, NO_NUMBER, nameOf } from "./name-table.ts";

export class IgnoredNames {
  readonly #names = new Set<string>();
  /** MD5 of the one line that is meant, where a list says so: a newer signature of the same name is used. */
  readonly #lines = new Map<string, Set<string>>();

  get size(): number {
    return this.#names.size + this.#lines.size;
  }

  /** `name`, `name:md5` or the older `database:line:name`. What is wrong with it, if anything. */
  addLine(line: string): string | undefined {
    const fields = line.split(":");
    const name = normalName((fields.length > 2 ? fields[2] : fields[0]) ?? "");
    const digest = fields.length === 2 ? fields[1] : undefined;
    if (name === "" || fields.length > 3) return "expected a name";
    if (digest === undefined) {
      this.#names.add(name);
      return undefined;
    }
    if (!/^[\da-f]{32}$/i.test(digest)) return "the digest is no MD5";
    const digests = this.#lines.get(name) ?? new Set();
    this.#lines.set(name, digests.add(digest.toLowerCase()));
    return undefined;
  }

  /** Whether this very line, a signature of that name, is ignored. Lists must have been read before. */
  isIgnoredLine(name: string, line: string): boolean {
    const digests = this.#lines.get(normalName(name));
    return digests?.has(hash("md5", Buffer.from(line, "latin1"))) === true;
  }

  get hasLines(): boolean {
    return this.#lines.size > 0;
  }

  /** Whether a name in the table is ignored, wherever it comes from; undefined when none is. */
  filter(names: NameTexts): ((text: number, number: number) => boolean) | undefined {
    if (this.#names.size === 0) return undefined;
    const ignored = this.#names;
    // What a text begins ignored names with is the question a million times, the number behind it seldom.
    const texts = new Set<string>();
    for (const name of ignored) {
      for (let length = Math.max(0, name.length - MAX_NUMBER_DIGITS); length <= name.length; length += 1) {
        texts.add(name.slice(0, length));
      }
    }
    const suspects = new Uint8Array(names.starts.length);
    for (let text = 0; text + 1 < names.starts.length; text += 1) {
      suspects[text] =
        texts.has(nameOf(names, text, NO_NUMBER)) || ENDINGS.test(nameOf(names, text, NO_NUMBER)) ? 1 : 0;
    }
    return (text, number) => suspects[text] === 1 && ignored.has(normalName(nameOf(names, text, number)));
  }
}

/** As ClamAV compares names: without what it adds to those of third parties. */
function normalName(name: string): string {
  return name
    .trim()
    .replace(/\.UNOFFICIAL$/, "")
    .replace(/\.\{[^}]*\}$/, "");
}

const ENDINGS = /(?:\.UNOFFICIAL|\})$/;
const MAX_NUMBER_DIGITS = 9;
