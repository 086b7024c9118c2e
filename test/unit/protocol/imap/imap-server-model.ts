/** A small IMAP server as a function, to compare a dialogue through mailward with a direct one. It answers the items of a
 *  FETCH in the order in which mailward asks for them: content last. */
import { resolveSection } from "../../../../src/mime/sections/resolve-section.ts";
import { sectionMap } from "../../../../src/mime/sections/section-map.ts";
import { parseSectionName } from "../../../../src/mime/sections/section-name.ts";
import { headerLength } from "../../../support/spool-model.ts";

export class ImapServerModel {
  readonly #messages: readonly Buffer[];
  #rest = "";

  constructor(messages: readonly string[]) {
    this.#messages = messages.map((message) => Buffer.from(message, "latin1"));
  }

  /** The answers to the commands in `octets`; a command that is not whole yet waits. */
  answers(octets: Uint8Array): Buffer {
    this.#rest += Buffer.from(octets).toString("latin1");
    let answers = "";
    for (let end = this.#rest.indexOf("\r\n"); end >= 0; end = this.#rest.indexOf("\r\n")) {
      answers += this.#answer(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + 2);
    }
    return Buffer.from(answers, "latin1");
  }

  #answer(line: string): string {
    const [tag = "", ...words] = line.split(" ");
    const isUid = words[0] === "UID";
    const name = words[isUid ? 1 : 0];
    if (name === "LOGOUT") return `* BYE bye\r\n${tag} OK done\r\n`;
    if (name !== "FETCH") return `${tag} OK ${name} done {5}\r\n`;
    const [set = "", ...rest] = words.slice(isUid ? 2 : 1);
    const items =
      rest
        .join(" ")
        .replace(/^\(|\)$/g, "")
        .match(/[A-Z0-9.]+(?:\[[^\]]*\])?(?:<[^>]*>)?/g) ?? [];
    const responses = this.#messages.map((message, index) =>
      contains(set, index + 1) ? `* ${index + 1} FETCH (${this.#items(index + 1, message, items, isUid)})\r\n` : "",
    );
    return `${responses.join("")}${tag} OK FETCH completed\r\n`;
  }

  #items(number: number, message: Buffer, items: readonly string[], isUid: boolean): string {
    const isContent = (item: string) => /^(?:BODY|RFC822(?!\.SIZE))/.test(item);
    const plain = items.filter((item) => !isContent(item) && item !== "UID");
    const all = [...(isUid || items.includes("UID") ? ["UID"] : []), ...plain, ...items.filter(isContent)];
    return all.map((item) => this.#item(number, message, item)).join(" ");
  }

  #item(number: number, message: Buffer, item: string): string {
    const header = headerLength(message);
    const [, section = "", offset, length] = /^(?:BODY|BODY\.PEEK)\[(.*)\](?:<(\d+)\.(\d+)>)?$/.exec(item) ?? [];
    const of = (name: string, bytes: Buffer) => `${name} {${bytes.length}}\r\n${bytes.toString("latin1")}`;
    switch (item) {
      case "UID":
        return `UID ${number}`;
      case "FLAGS":
        return "FLAGS (\\Seen)";
      case "RFC822.SIZE":
        return `RFC822.SIZE ${message.length}`;
      case "RFC822":
        return of(item, message);
      case "RFC822.HEADER":
        return of(item, message.subarray(0, header));
      case "RFC822.TEXT":
        return of(item, message.subarray(header));
      default: {
        const parsed = parseSectionName(section);
        const ranges = (parsed && resolveSection(sectionMap(message), parsed)) ?? [];
        const bytes = Buffer.concat(ranges.map(({ start, end }) => message.subarray(start, end)));
        if (offset === undefined) return of(`BODY[${section}]`, bytes);
        const start = Number(offset);
        return of(`BODY[${section}]<${start}>`, bytes.subarray(start, start + Number(length)));
      }
    }
  }
}

function contains(set: string, number: number): boolean {
  return set.split(",").some((range) => {
    const [first = 0, last = first] = range.split(":").map((text) => (text === "*" ? 1_000 : Number(text)));
    return Math.min(first, last) <= number && number <= Math.max(first, last);
  });
}
