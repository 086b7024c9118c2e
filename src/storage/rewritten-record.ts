/** What is known of one replaced message, as a line of the file that keeps it: its own digest first, so that what a crash
 *  has cut off, or somebody has changed, is not read. */
import { createHash } from "node:crypto";
import { fromLatin1, latin1 } from "../core/bytes.ts";
import { rewrittenLimits } from "../core/limits.ts";
import { isImapList } from "../mime/sections/imap-value.ts";
import type { MailboxPlace, Told } from "../protocol/imap/rewritten-messages.ts";

/** Of a message that is not replaced any more, `told` is undefined. */
export interface RewrittenRecord {
  readonly mailbox: string;
  readonly uid: number;
  readonly told: Told | undefined;
}

/** Stands for a mailbox, without naming it. */
export function mailboxKey({ upstream, account, mailbox, uidValidity }: MailboxPlace): string {
  return createHash("sha256")
    .update(JSON.stringify([upstream, account, mailbox, uidValidity]))
    .digest("base64url");
}

/** Octets that it takes to keep, about, in memory or in the file, whichever is more. */
export function toldBytes({ envelope, body, bodyStructure, binarySizes }: Told): number {
  return (
    ENTRY_BYTES +
    writtenBytes(envelope) +
    writtenBytes(body) +
    writtenBytes(bodyStructure) +
    binarySizes.size * SIZE_BYTES
  );
}

/** As JSON in UTF-8: hostile texts are mostly of what has to be escaped there. */
function writtenBytes(text: Uint8Array | undefined): number {
  if (text === undefined) return 0;
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const octet = text[at] ?? 0;
    if (octet < 0x20) bytes += 6;
    else bytes += octet === 0x22 || octet === 0x5c || octet >= 0x7f ? 2 : 1;
  }
  return bytes;
}

/** One line with its line end. */
export function encodeRecord({ mailbox, uid, told }: RewrittenRecord): string {
  const texts = [told?.envelope, told?.body, told?.bodyStructure].map((text) => (text ? latin1(text) : null));
  const value = told === undefined ? [mailbox, uid] : [mailbox, uid, told.bytes, ...texts, [...told.binarySizes]];
  const json = JSON.stringify(value);
  return `${digestOf(json)} ${json}\n`;
}

/** Undefined when the line, given without its line end, is none of ours. */
export function readRecord(line: string): RewrittenRecord | undefined {
  const json = line.slice(DIGEST_CHARACTERS + 1);
  if (line.slice(0, DIGEST_CHARACTERS + 1) !== `${digestOf(json)} `) return undefined;
  const value = parse(json);
  if (!Array.isArray(value)) return undefined;
  const [mailbox, uid, bytes, envelope, body, bodyStructure, sizes]: unknown[] = value;
  if (typeof mailbox !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(mailbox) || !isCount(uid)) return undefined;
  if (value.length === 2) return { mailbox, uid, told: undefined };
  const binarySizes = readSizes(sizes);
  if (!isCount(bytes) || binarySizes === undefined) return undefined;
  const [first, second, third] = [envelope, body, bodyStructure].map(readList);
  if (first === "invalid" || second === "invalid" || third === "invalid") return undefined;
  return { mailbox, uid, told: { bytes, envelope: first, body: second, bodyStructure: third, binarySizes } };
}

/** It goes to clients as it is. */
function readList(text: unknown): Uint8Array | undefined | "invalid" {
  if (text === null) return undefined;
  if (typeof text !== "string" || text.length > rewrittenLimits.entryBytes) return "invalid";
  const octets = fromLatin1(text);
  return isImapList(octets) ? octets : "invalid";
}

function readSizes(value: unknown): Map<string, number> | undefined {
  if (!Array.isArray(value)) return undefined;
  const sizes = new Map<string, number>();
  for (const item of value as unknown[]) {
    const [part, size]: unknown[] = Array.isArray(item) ? item : [];
    if (typeof part !== "string" || !/^[0-9.]{1,200}$/.test(part) || !isCount(size)) return undefined;
    sizes.set(part, size);
  }
  return sizes;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, DIGEST_CHARACTERS);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

const DIGEST_CHARACTERS = 16;
const ENTRY_BYTES = 256;
const SIZE_BYTES = 64;
