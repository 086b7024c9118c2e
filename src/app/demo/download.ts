/** Downloads every message of a mailbox as a mail client does, over POP3 or IMAP. */
import { DOT } from "../../core/bytes.ts";
import type { MailProtocol } from "../../core/model.ts";
import { Wire } from "./wire.ts";

export interface DownloadOptions {
  readonly protocol: MailProtocol;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly signal: AbortSignal;
}

/** The messages in the mailbox's order. Rejects when the other side refuses or breaks off. */
export async function download(options: DownloadOptions): Promise<Buffer[]> {
  const wire = await Wire.open(options.port, options.signal);
  try {
    return options.protocol === "pop3" ? await downloadPop3(wire, options) : await downloadImap(wire, options);
  } finally {
    wire.close();
  }
}

async function downloadPop3(wire: Wire, { user, password }: DownloadOptions): Promise<Buffer[]> {
  await accepted(wire);
  wire.send(`USER ${user}`);
  await accepted(wire);
  wire.send(`PASS ${password}`);
  await accepted(wire);
  wire.send("STAT");
  const count = Number((await accepted(wire)).split(" ")[1]);
  const messages: Buffer[] = [];
  for (let number = 1; number <= count; number += 1) {
    wire.send(`RETR ${number}`);
    await accepted(wire);
    messages.push(await multiline(wire));
  }
  wire.send("QUIT");
  await accepted(wire);
  return messages;
}

async function accepted(wire: Wire): Promise<string> {
  const line = await wire.line();
  if (!line.startsWith("+OK")) throw new Error(`the answer was "${line}"`);
  return line;
}

async function multiline(wire: Wire): Promise<Buffer> {
  const lines: Buffer[] = [];
  for (;;) {
    const line = await wire.lineBytes();
    if (line.equals(END_OF_MULTILINE)) return Buffer.concat(lines);
    lines.push(line[0] === DOT ? line.subarray(1) : line);
  }
}

async function downloadImap(wire: Wire, { user, password }: DownloadOptions): Promise<Buffer[]> {
  await wire.line();
  await completed(wire, "a1", `LOGIN "${user}" "${password}"`);
  await completed(wire, "a2", "SELECT INBOX");
  const messages = await completed(wire, "a3", "UID FETCH 1:* (UID BODY.PEEK[])");
  await completed(wire, "a4", "LOGOUT");
  return messages;
}

/** Sends a command and answers the literals of its responses. */
async function completed(wire: Wire, tag: string, command: string): Promise<Buffer[]> {
  wire.send(`${tag} ${command}`);
  const literals: Buffer[] = [];
  for (;;) {
    const line = await wire.line();
    const literal = /\{(\d+)\}$/.exec(line);
    if (literal !== null) {
      literals.push(await wire.octets(Number(literal[1])));
    } else if (line.startsWith(`${tag} `)) {
      if (!line.startsWith(`${tag} OK`)) throw new Error(`the answer was "${line}"`);
      return literals;
    }
  }
}

const END_OF_MULTILINE = Buffer.from(".\r\n");
