/** ClamAV's types of files that signatures are for, told from content. */
import { latin1 } from "../../../core/bytes.ts";
import type { Content } from "../../engine.ts";

/** The numbers that signatures use. 8 and 13 are not in use, 14 is for ClamAV's own purposes. */
export const TARGETS = {
  any: 0,
  portableExecutable: 1,
  ole: 2,
  html: 3,
  mail: 4,
  graphics: 5,
  elf: 6,
  text: 7,
  machO: 9,
  pdf: 10,
  flash: 11,
  java: 12,
} as const;

/** One more than the highest. */
export const TARGET_COUNT = 15;

/** Whether a signature for ClamAV's functionality levels [min, max] is for the one that this program follows. */
export function isForThisLevel(min: number, max: number): boolean {
  return min <= LEVEL && max >= LEVEL;
}

/** ClamAV 1.4.6 has this one. */
const LEVEL = 216;

/** Those that the content is, besides `any`. Text may be HTML and text; both are matched in normal form. */
export function targetsOf(content: Content): readonly number[] {
  const { bytes, origin } = content;
  if (origin === "message") return MAIL;
  if (origin === "header" || origin === "encoded") return NONE;
  const binary = BINARY_TARGETS[bytes[0] ?? 0]?.(bytes);
  if (binary !== undefined) return [binary];
  if (bytes.subarray(0, PDF_HEAD_BYTES).indexOf("%PDF-", 0, "latin1") >= 0) return PDF;
  if (!isText(bytes)) return NONE;
  if (MAIL_HEAD.test(latin1(bytes, 0, MAIL_HEAD_BYTES))) return MAIL;
  return isHtml(content) ? HTML_AND_TEXT : TEXT;
}

export function isPortableExecutable(bytes: Buffer): boolean {
  if (bytes.length < 0x40 || bytes[0] !== 0x4d || bytes[1] !== 0x5a) return false;
  const header = bytes.readUInt32LE(0x3c);
  return header + 4 <= bytes.length && bytes.readUInt32LE(header) === PE_SIGNATURE;
}

/** By the first octet: what else must be there. */
const BINARY_TARGETS: Readonly<Record<number, (bytes: Buffer) => number | undefined>> = {
  77: (bytes) =>
    isPortableExecutable(bytes) ? TARGETS.portableExecutable : begins(bytes, "4d4d002a") ? TARGETS.graphics : undefined,
  208: (bytes) => (begins(bytes, "d0cf11e0a1b11ae1") ? TARGETS.ole : undefined),
  127: (bytes) => (begins(bytes, "7f454c46") ? TARGETS.elf : undefined),
  206: (bytes) => (begins(bytes, "cefaedfe") ? TARGETS.machO : undefined),
  207: (bytes) => (begins(bytes, "cffaedfe") ? TARGETS.machO : undefined),
  254: (bytes) => (begins(bytes, "feedface") || begins(bytes, "feedfacf") ? TARGETS.machO : undefined),
  // Universal binaries have few architectures where class files have their version.
  202: (bytes) => {
    if (!begins(bytes, "cafebabe") || bytes.length < 8) return undefined;
    return bytes.readUInt32BE(4) < 45 ? TARGETS.machO : TARGETS.java;
  },
  70: flash,
  67: flash,
  90: flash,
  71: (bytes) => (begins(bytes, "47494638") ? TARGETS.graphics : undefined),
  137: (bytes) => (begins(bytes, "89504e47") ? TARGETS.graphics : undefined),
  255: (bytes) => (begins(bytes, "ffd8ff") ? TARGETS.graphics : undefined),
  66: (bytes) => (begins(bytes, "424d") && bytes.readUInt32LE(2) === bytes.length ? TARGETS.graphics : undefined),
  73: (bytes) => (begins(bytes, "49492a00") ? TARGETS.graphics : undefined),
  82: (bytes) => (begins(bytes, "52494646") ? TARGETS.graphics : undefined),
};

function flash(bytes: Buffer): number | undefined {
  return bytes[1] === 0x57 && bytes[2] === 0x53 && (bytes[3] ?? 99) < 60 ? TARGETS.flash : undefined;
}

function begins(bytes: Buffer, hex: string): boolean {
  if (bytes.length < 8) return false;
  return bytes.subarray(0, hex.length / 2).toString("hex") === hex;
}

/** No NUL and hardly any other control character in the beginning. */
function isText(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, SAMPLE_BYTES);
  let controls = 0;
  for (let position = 0; position < length; position += 1) {
    const octet = bytes[position] ?? 0;
    if (octet >= 0x20 || (octet >= 0x09 && octet <= 0x0d)) continue;
    controls += 1;
    if (octet === 0 || controls > length / 32) return false;
  }
  return length > 0;
}

function isHtml({ bytes, type }: Content): boolean {
  return type === "text/html" || HTML_TAG.test(latin1(bytes, 0, HTML_HEAD_BYTES));
}

const NONE: readonly number[] = [];
const MAIL: readonly number[] = [TARGETS.mail];
const PDF: readonly number[] = [TARGETS.pdf];
const TEXT: readonly number[] = [TARGETS.text];
const HTML_AND_TEXT: readonly number[] = [TARGETS.html, TARGETS.text];
/** "PE", two zeros. */
const PE_SIGNATURE = 0x4550;
const PDF_HEAD_BYTES = 1_024;
const SAMPLE_BYTES = 512;
const HTML_HEAD_BYTES = 2_048;
const MAIL_HEAD_BYTES = 256;
const MAIL_HEAD = /^(?:From |Received:|Return-Path:|Delivered-To:|Message-ID:|MIME-Version:|X-[\w-]+:|Subject:|From:)/i;
const HTML_TAG =
  /<(?:!doctype\s+html|html|head|title|body|script|style|meta|table|a\s+href|img\s|iframe|form|div|p|br|font|span)[\s>/]/i;
