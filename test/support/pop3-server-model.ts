/** A POP3 server as a function: what an honest one answers to each command line, for comparing a session with a direct
 *  connection. */
import { fromLatin1 } from "../../src/core/bytes.ts";

export class Pop3ServerModel {
  readonly #messages: readonly string[];

  /** Messages have CRLF line ends only and end with one, or are empty. */
  constructor(messages: readonly string[]) {
    this.#messages = messages;
  }

  /** The answer to each of the lines, which end with CRLF. */
  answers(lines: string): Buffer {
    const commands = lines.split("\r\n").slice(0, -1);
    return fromLatin1(commands.map((command) => this.#answer(command)).join(""));
  }

  #answer(command: string): string {
    const [verb = "", first, second] = command.split(" ");
    const message = first === undefined ? undefined : this.#messages[Number(first) - 1];
    switch (verb) {
      case "STAT":
        return `+OK ${this.#messages.length} ${this.#messages.join("").length}\r\n`;
      case "LIST":
      case "UIDL":
        if (first === undefined) return listing(this.#messages.map((text, index) => `${index + 1} ${text.length}`));
        return message === undefined ? "-ERR no such message\r\n" : `+OK ${first} ${message.length}\r\n`;
      case "RETR":
        return message === undefined ? "-ERR\r\n" : `+OK ${message.length} octets\r\n${stuffed(message)}`;
      case "TOP":
        return message === undefined ? "-ERR\r\n" : `+OK\r\n${stuffed(top(message, Number(second)))}`;
      default:
        return `+OK ${verb}\r\n`;
    }
  }
}

function listing(lines: readonly string[]): string {
  return `+OK\r\n${lines.map((line) => `${line}\r\n`).join("")}.\r\n`;
}

function stuffed(text: string): string {
  return `${text.replace(/^\./, "..").replaceAll("\r\n.", "\r\n..")}.\r\n`;
}

function top(message: string, lines: number): string {
  const blank = message.startsWith("\r\n") ? 0 : message.indexOf("\r\n\r\n") + 2;
  if (blank === 1) return message;
  const header = message.slice(0, blank + 2);
  const body = message.slice(blank + 2).split("\r\n");
  return (
    header +
    body
      .slice(0, -1)
      .slice(0, lines)
      .map((line) => `${line}\r\n`)
      .join("")
  );
}
