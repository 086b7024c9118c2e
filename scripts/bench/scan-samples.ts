/** Mail and signatures for the scan benchmark: the same octets in every run, and nothing in them that is to be found. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Messages with one or two attachments of random octets each, about `bytes` in all, as files in `directory`. */
export function writeAttachmentMails(directory: string, bytes: number): void {
  mkdirSync(directory, { recursive: true });
  const random = new Random(1);
  let written = 0;
  for (let index = 0; written < bytes; index += 1) {
    const attachments = Array.from({ length: 1 + (random.number() & 1) }, () =>
      random.octets(20_000 + (random.number() % 1_500_000)),
    );
    const total = attachments.reduce((sum, attachment) => sum + attachment.length, 0);
    const message = attachmentMail(index, text(random, Math.ceil(total * TEXT_SHARE)), attachments);
    writeFileSync(join(directory, `${index}.eml`), message);
    written += message.length;
  }
}

/** Messages of some two kilobytes of text. */
export function writeTextMails(directory: string, count: number): void {
  mkdirSync(directory, { recursive: true });
  const random = new Random(2);
  for (let index = 0; index < count; index += 1)
    writeFileSync(join(directory, `${index}.eml`), textMail(index, random));
}

/** A message of about `bytes` octets: some text, and an attachment. */
export function sampleMessage(bytes: number): Buffer {
  const random = new Random(3);
  return attachmentMail(0, text(random, bytes / 4), [random.octets(Math.floor(bytes * 0.5))]);
}

export interface SignatureCounts {
  readonly literals: number;
  readonly hashes: number;
}

/** Databases in ClamAV's text forms; answers their paths. */
export function writeSignatures(directory: string, { literals, hashes }: SignatureCounts): string {
  mkdirSync(directory, { recursive: true });
  const random = new Random(4);
  const lines = Array.from(
    { length: literals },
    (_, index) => `Bench.Literal-${index}:0:*:${random.octets(12 + (index % 20)).toString("hex")}\n`,
  );
  writeFileSync(join(directory, "literals.ndb"), lines.join(""));
  if (hashes === 0) return directory;
  const chunks: string[] = [];
  for (let index = 0; index < hashes; index += 1) {
    const size = 1 + (random.number() % 5_000_000);
    chunks.push(`${random.octets(32).toString("hex")}:${size}:Bench.Hash-${index}\n`);
  }
  writeFileSync(join(directory, "hashes.hsb"), chunks.join(""));
  return directory;
}

function attachmentMail(index: number, body: string, attachments: readonly Buffer[]): Buffer {
  const parts = attachments.map((content, number) => {
    const name = `data-${index}-${number}.bin`;
    const encoded = content.toString("base64").replace(/.{1,76}/g, "$&\r\n");
    return (
      `--bench\r\nContent-Type: application/octet-stream; name="${name}"\r\nContent-Transfer-Encoding: base64\r\n` +
      `Content-Disposition: attachment; filename="${name}"\r\n\r\n${encoded}`
    );
  });
  return Buffer.from(
    `${header(index)}Content-Type: multipart/mixed; boundary="bench"\r\n\r\n` +
      `--bench\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n${body}\r\n${parts.join("")}--bench--\r\n`,
    "latin1",
  );
}

function textMail(index: number, random: Random): Buffer {
  const type = "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n";
  return Buffer.from(`${header(index)}${type}\r\n${text(random, 1_000 + (random.number() % 2_000))}`, "latin1");
}

function header(index: number): string {
  return (
    `Return-Path: <sender@example.org>\r\nReceived: from mx.example.org by mail.example.net; Thu, 1 Jan 2026 10:00:00 +0000\r\n` +
    `From: Sender <sender@example.org>\r\nTo: reader@example.net\r\nSubject: message ${index}\r\n` +
    `Date: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <${index}@example.org>\r\nMIME-Version: 1.0\r\n`
  );
}

function text(random: Random, length: number): string {
  let line = "";
  let all = "";
  while (all.length < length) {
    line += `${WORDS[random.number() % WORDS.length]} `;
    if (line.length < 66) continue;
    all += `${line.trimEnd()}\r\n`;
    line = "";
  }
  return all;
}

/** xorshift. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b9) | 1;
  }

  number(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  octets(length: number): Buffer {
    const octets = Buffer.allocUnsafe(length);
    let position = 0;
    for (; position + 4 <= length; position += 4) octets.writeUInt32LE(this.number(), position);
    for (; position < length; position += 1) octets[position] = this.number();
    return octets;
  }
}

/** Of the mailbox, so that 95 % are attachments. */
const TEXT_SHARE = 0.06;
const WORDS = (
  "the report of last week is ready and we would like to meet about it on Monday please send me what you have so far " +
  "budget project customer invoice figures meeting agenda question answer deadline delivery contract thanks regards"
).split(" ");
