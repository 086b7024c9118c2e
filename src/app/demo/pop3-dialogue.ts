/** The POP3 half of the demonstration's mail server (RFC 1939, RFC 2449): one mailbox, any password. */
import { CR, DOT, LF } from "../../core/bytes.ts";
import type { Dialogue, Reply } from "./line-server.ts";

/** A dialogue over `messages`; deletions are accepted and forgotten. */
export function pop3Dialogue(messages: readonly Uint8Array[]): Dialogue {
  let isLoggedIn = false;
  return {
    greeting: "+OK demonstration server ready\r\n",
    answer(line): Reply {
      const [word = "", first = "", second = ""] = line.split(" ");
      const command = word.toUpperCase();
      if (command === "QUIT") return { bytes: "+OK bye\r\n", isLast: true };
      if (command === "CAPA") return { bytes: "+OK\r\nUSER\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.\r\n" };
      if (command === "USER") return { bytes: "+OK\r\n" };
      if (command === "PASS") {
        isLoggedIn = true;
        return { bytes: "+OK logged in\r\n" };
      }
      return { bytes: isLoggedIn ? transaction(command, first, second, messages) : "-ERR log in first\r\n" };
    },
  };
}

function transaction(
  command: string,
  first: string,
  second: string,
  messages: readonly Uint8Array[],
): Uint8Array | string {
  switch (command) {
    case "STAT":
      return `+OK ${messages.length} ${messages.reduce((sum, message) => sum + message.length, 0)}\r\n`;
    case "LIST":
      return listing(first, messages, (message) => String(message.length));
    case "UIDL":
      return listing(first, messages, (_, number) => `demo-${number}`);
    case "RETR":
      return content(messages[Number(first) - 1], Number.POSITIVE_INFINITY);
    case "TOP":
      return content(messages[Number(first) - 1], Number(second));
    case "NOOP":
    case "RSET":
    case "DELE":
      return "+OK\r\n";
    default:
      return "-ERR unknown command\r\n";
  }
}

function listing(
  only: string,
  messages: readonly Uint8Array[],
  describe: (message: Uint8Array, number: number) => string,
): string {
  const lines = messages.map((message, index) => `${index + 1} ${describe(message, index + 1)}`);
  if (only === "") return `+OK\r\n${lines.map((line) => `${line}\r\n`).join("")}.\r\n`;
  const line = lines[Number(only) - 1];
  return line === undefined ? NO_SUCH_MESSAGE : `+OK ${line}\r\n`;
}

function content(message: Uint8Array | undefined, bodyLines: number): Uint8Array | string {
  if (message === undefined || Number.isNaN(bodyLines)) return NO_SUCH_MESSAGE;
  return Buffer.concat([Buffer.from("+OK\r\n"), stuffed(message.subarray(0, topEnd(message, bodyLines)))]);
}

/** The end of the header, its blank line and `bodyLines` lines (RFC 1939 section 7). */
function topEnd(message: Uint8Array, bodyLines: number): number {
  if (!Number.isFinite(bodyLines)) return message.length;
  const blank = Buffer.from(message).indexOf("\r\n\r\n");
  let end = blank < 0 ? message.length : blank + 4;
  for (let count = 0; count < bodyLines && end < message.length; count += 1) {
    const next = message.indexOf(LF, end);
    end = next < 0 ? message.length : next + 1;
  }
  return end;
}

/** The multi-line form: dots at line starts doubled, CRLF "." CRLF at the end (RFC 1939 section 3). */
function stuffed(message: Uint8Array): Buffer {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (let index = message.indexOf(DOT); index >= 0; index = message.indexOf(DOT, index + 1)) {
    const isLineStart = index === 0 || (message[index - 1] === LF && message[index - 2] === CR);
    if (!isLineStart) continue;
    pieces.push(message.subarray(start, index), Buffer.from("."));
    start = index;
  }
  pieces.push(message.subarray(start));
  const hasLineEnd = message.at(-1) === LF && message.at(-2) === CR;
  return Buffer.concat([...pieces, Buffer.from(hasLineEnd || message.length === 0 ? ".\r\n" : "\r\n.\r\n")]);
}

const NO_SUCH_MESSAGE = "-ERR no such message\r\n";
