/** The IMAP half of the demonstration's mail server: as much of RFC 3501 as a download needs; one mailbox, any
 *  password. */
import type { Dialogue, Reply } from "./line-server.ts";

const UID_BASE = 100;

/** A dialogue over `messages`, which are INBOX. */
export function imapDialogue(messages: readonly Uint8Array[]): Dialogue {
  let isLoggedIn = false;
  return {
    greeting: "* OK [CAPABILITY IMAP4rev1] demonstration server ready\r\n",
    answer(line): Reply {
      const [tag = "*", word = "", ...rest] = line.split(" ");
      const isUid = word.toUpperCase() === "UID";
      const command = (isUid ? (rest.shift() ?? "") : word).toUpperCase();
      const text = rest.join(" ");
      if (command === "LOGOUT") return { bytes: `* BYE\r\n${tag} OK bye\r\n`, isLast: true };
      if (command === "LOGIN") isLoggedIn = true;
      if (!isLoggedIn && !BEFORE_LOGIN.has(command)) return { bytes: `${tag} NO log in first\r\n` };
      const untagged = responses(command, text, isUid, messages);
      if (untagged === undefined) return { bytes: `${tag} BAD unknown command\r\n` };
      return { bytes: Buffer.concat([...untagged, Buffer.from(`${tag} OK done\r\n`, "latin1")]) };
    },
  };
}

const BEFORE_LOGIN: ReadonlySet<string> = new Set(["CAPABILITY", "NOOP"]);

function responses(
  command: string,
  text: string,
  isUid: boolean,
  messages: readonly Uint8Array[],
): Uint8Array[] | undefined {
  const count = messages.length;
  switch (command) {
    case "CAPABILITY":
      return lines("CAPABILITY IMAP4rev1");
    case "LOGIN":
    case "NOOP":
    case "CHECK":
    case "CLOSE":
      return [];
    case "LIST":
      return lines('LIST () "/" INBOX');
    case "STATUS":
      return lines(`STATUS INBOX (MESSAGES ${count} UIDNEXT ${UID_BASE + count + 1} UIDVALIDITY 1)`);
    case "SELECT":
    case "EXAMINE":
      return lines(`${count} EXISTS`, "0 RECENT", "FLAGS (\\Seen)", "OK [UIDVALIDITY 1] .");
    case "SEARCH":
      return lines(`SEARCH ${messages.map((_, index) => numberOf(index, isUid)).join(" ")}`);
    case "FETCH":
      return fetched(text, isUid, messages);
    default:
      return undefined;
  }
}

function fetched(text: string, isUid: boolean, messages: readonly Uint8Array[]): Uint8Array[] {
  const space = text.indexOf(" ");
  const items = text.slice(space + 1).toUpperCase();
  const chosen = setOf(text.slice(0, space), isUid ? UID_BASE + messages.length : messages.length);
  return messages.flatMap((message, index) => {
    if (!chosen(numberOf(index, isUid))) return [];
    return [fetchResponse(message, index, items, isUid)];
  });
}

function fetchResponse(message: Uint8Array, index: number, items: string, isUid: boolean): Uint8Array {
  const small = [`FLAGS (\\Seen)`];
  if (isUid || /\bUID\b/.test(items)) small.push(`UID ${UID_BASE + index + 1}`);
  if (items.includes("RFC822.SIZE")) small.push(`RFC822.SIZE ${message.length}`);
  const body = bodyItem(items);
  const head = `* ${index + 1} FETCH (${small.join(" ")}`;
  if (body === undefined) return Buffer.from(`${head})\r\n`, "latin1");
  return Buffer.concat([
    Buffer.from(`${head} ${body} {${message.length}}\r\n`, "latin1"),
    message,
    Buffer.from(")\r\n"),
  ]);
}

/** The name under which the whole message is answered, when it was asked for. */
function bodyItem(items: string): string | undefined {
  if (/\bBODY(?:\.PEEK)?\[\]/.test(items)) return "BODY[]";
  return /\bRFC822(?![.A-Z])/.test(items) ? "RFC822" : undefined;
}

/** Whether a number is in a sequence set (RFC 3501 section 9); `*` is `last`. */
function setOf(text: string, last: number): (number: number) => boolean {
  const ranges = text.split(",").map((range) => {
    const ends = range.split(":").map((end) => (end === "*" ? last : Number(end)));
    return { low: Math.min(...ends), high: Math.max(...ends) };
  });
  return (number) => ranges.some(({ low, high }) => number >= low && number <= high);
}

function numberOf(index: number, isUid: boolean): number {
  return isUid ? UID_BASE + index + 1 : index + 1;
}

function lines(...texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => Buffer.from(`* ${text}\r\n`, "latin1"));
}
