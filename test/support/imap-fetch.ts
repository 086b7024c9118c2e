/** A plain IMAP client for tests: what a server answers to FETCH, octet by octet. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A value of a FETCH response. */
export type FetchValue = null | number | string | Buffer | readonly FetchValue[];

export interface FetchedItem {
  /** The octets of the value, as sent. */
  readonly raw: Buffer;
  /** Strings as Buffers, atoms as strings, NIL as null. */
  readonly value: FetchValue;
}

export interface ImapFetch {
  /** What `item` of message `sequence` is; undefined when the server gives none. Items that set flags should be asked
   *  for in their PEEK form. */
  fetch(sequence: number, item: string): Promise<{ item: FetchedItem | undefined; status: string }>;
  command(line: string): Promise<string>;
  append(mailbox: string, message: Uint8Array): Promise<string>;
  close(): void;
}

/** Logs in and selects the mailbox, if one is given. */
export async function openMailbox(port: number, user: string, password: string, mailbox?: string): Promise<ImapFetch> {
  const socket = connect(port, "127.0.0.1");
  const reader = new ResponseReader(socket);
  await once(socket, "connect");
  await reader.response();
  let tags = 0;
  const run = async (line: string, literal?: Uint8Array): Promise<{ untagged: Buffer[]; status: string }> => {
    tags += 1;
    const tag = `t${tags}`;
    socket.write(Buffer.from(`${tag} ${line}\r\n`, "latin1"));
    if (literal !== undefined) {
      socket.write(literal);
      socket.write("\r\n");
    }
    const untagged: Buffer[] = [];
    while (true) {
      const response = await reader.response();
      const text = response.toString("latin1");
      if (text.startsWith(`${tag} `)) return { untagged, status: text.slice(tag.length + 1).trimEnd() };
      if (text.startsWith("* BYE") && !line.startsWith("LOGOUT")) throw new Error(`the server left: ${text}`);
      untagged.push(response);
    }
  };
  const login = await run(`LOGIN ${user} ${password}`);
  if (!login.status.startsWith("OK")) throw new Error(`can not log in: ${login.status}`);
  if (mailbox !== undefined) {
    const { status } = await run(`SELECT ${mailbox}`);
    if (!status.startsWith("OK")) throw new Error(`can not select: ${status}`);
  }
  return {
    async fetch(sequence, item) {
      const answer = await run(`FETCH ${sequence} (${item})`);
      const name = item.replace(/\.PEEK/, "");
      for (const response of answer.untagged) {
        const found = itemOf(response, sequence, name);
        if (found !== undefined) return { item: found, status: answer.status };
      }
      return { item: undefined, status: answer.status };
    },
    command: async (line) => (await run(line)).status,
    append: async (into, message) => (await run(`APPEND ${into} {${message.length}+}`, message)).status,
    close: () => socket.destroy(),
  };
}

/** The octets of a string value. */
export function stringOf(item: FetchedItem | undefined): Buffer | undefined {
  return Buffer.isBuffer(item?.value) ? item.value : undefined;
}

/** The value that begins at the start of `octets`. */
export function parseFetchValue(octets: Buffer): FetchValue {
  return parseValue(octets, 0).value;
}

/** Splits what comes from the server into responses, literals included. */
class ResponseReader {
  #pending: Buffer = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #wake: (() => void) | undefined;
  #isOver = false;

  constructor(socket: Socket) {
    socket.on("data", (chunk) => {
      this.#chunks.push(chunk);
      this.#wake?.();
    });
    for (const event of ["close", "error"]) {
      socket.on(event, () => {
        this.#isOver = true;
        this.#wake?.();
      });
    }
  }

  async response(): Promise<Buffer> {
    let at = 0;
    while (true) {
      const lineFeed = this.#pending.indexOf("\r\n", at);
      if (lineFeed < 0) {
        await this.#more();
        continue;
      }
      const literal = /\{([0-9]+)\}$/.exec(this.#pending.toString("latin1", Math.max(0, lineFeed - 14), lineFeed));
      at = lineFeed + 2;
      if (literal !== null) {
        at += Number(literal[1]);
        while (this.#pending.length < at) await this.#more();
        continue;
      }
      const response = this.#pending.subarray(0, at);
      this.#pending = this.#pending.subarray(at);
      return response;
    }
  }

  async #more(): Promise<void> {
    while (this.#chunks.length === 0) {
      if (this.#isOver) throw new Error("the server has closed the connection");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#pending = Buffer.concat([this.#pending, ...this.#chunks]);
    this.#chunks = [];
  }
}

function itemOf(response: Buffer, sequence: number, name: string): FetchedItem | undefined {
  const head = `* ${sequence} FETCH (`;
  if (!response.toString("latin1", 0, head.length).startsWith(head)) return undefined;
  let at = head.length;
  while (at < response.length && response[at] !== CLOSE) {
    const nameEnd = endOfName(response, at);
    const found = response.toString("latin1", at, nameEnd);
    const { value, end } = parseValue(response, nameEnd + 1);
    if (isSameItem(found, name)) return { raw: response.subarray(nameEnd + 1, end), value };
    at = end;
    while (response[at] === SPACE) at += 1;
  }
  return undefined;
}

function isSameItem(found: string, name: string): boolean {
  const plain = (text: string): string =>
    text
      .toUpperCase()
      .replaceAll('"', "")
      .replace(/ \((?=.*\])/, " (");
  return plain(found) === plain(name.replace(/<([0-9]+)\.[0-9]+>$/, "<$1>"));
}

function endOfName(response: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < response.length; at += 1) {
    const character = response[at];
    if (character === 0x5b) depth += 1;
    else if (character === 0x5d) depth -= 1;
    else if (character === SPACE && depth === 0) return at;
  }
  return response.length;
}

function parseValue(octets: Buffer, start: number): { value: FetchValue; end: number } {
  let at = start;
  while (octets[at] === SPACE) at += 1;
  if (octets[at] === OPEN) return parseList(octets, at);
  if (octets[at] === QUOTE) return parseQuoted(octets, at);
  const literal = /^~?\{([0-9]+)\}\r\n/.exec(octets.toString("latin1", at, at + 20));
  if (literal !== null) {
    const content = at + literal[0].length;
    const end = content + Number(literal[1]);
    return { value: octets.subarray(content, end), end };
  }
  let end = at;
  while (end < octets.length && ![SPACE, OPEN, CLOSE, 0x0d].includes(octets[end] ?? 0)) end += 1;
  const atom = octets.toString("latin1", at, end);
  return { value: atom === "NIL" ? null : /^[0-9]+$/.test(atom) ? Number(atom) : atom, end };
}

function parseList(octets: Buffer, start: number): { value: FetchValue; end: number } {
  const items: FetchValue[] = [];
  let at = start + 1;
  while (at < octets.length) {
    while (octets[at] === SPACE) at += 1;
    if (octets[at] === CLOSE) return { value: items, end: at + 1 };
    const { value, end } = parseValue(octets, at);
    items.push(value);
    at = end;
  }
  throw new Error("a list that is not closed");
}

function parseQuoted(octets: Buffer, start: number): { value: FetchValue; end: number } {
  let at = start + 1;
  while (at < octets.length && octets[at] !== QUOTE) at += octets[at] === 0x5c ? 2 : 1;
  const text = octets.toString("latin1", start + 1, at).replace(/\\(.)/g, "$1");
  return { value: Buffer.from(text, "latin1"), end: at + 1 };
}

const OPEN = 0x28;
const CLOSE = 0x29;
const QUOTE = 0x22;
const SPACE = 0x20;
