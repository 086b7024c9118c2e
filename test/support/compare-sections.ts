/** Asks an IMAP server for every section of its messages, and the section engine for the same of what the server
 *  delivers. */
import { decodePart } from "../../src/mime/sections/decode-part.ts";
import { isImapList } from "../../src/mime/sections/imap-value.ts";
import { structureOf } from "../../src/mime/sections/message-structure.ts";
import { findPart, resolveSection } from "../../src/mime/sections/resolve-section.ts";
import { type SectionMap, sectionMap } from "../../src/mime/sections/section-map.ts";
import { parseSectionName } from "../../src/mime/sections/section-name.ts";
import { type FetchValue, type ImapFetch, parseFetchValue, stringOf } from "./imap-fetch.ts";

/** An item that the server and the engine do not agree on; octets as text, one character each. `theirs` is the status
 *  when the server sends no value. */
export interface SectionDifference {
  readonly message: string;
  readonly item: string;
  readonly theirs: string;
  readonly ours: string;
}

export interface CompareOptions {
  /** Structures are compared by their values, whatever the case and without default charsets. */
  readonly isLoose: boolean;
  /** Whether BINARY is asked for too. */
  readonly hasBinary?: boolean;
}

/** The differences in messages 1, 2, … of the selected mailbox, which have the names `messages`. */
export async function compareSections(
  box: ImapFetch,
  messages: readonly string[],
  { isLoose, hasBinary = true }: CompareOptions,
): Promise<SectionDifference[]> {
  const differences: SectionDifference[] = [];
  for (const [index, message] of messages.entries()) {
    const add = (item: string, theirs: string, ours: string): void => {
      if (theirs !== ours) differences.push({ message, item, theirs, ours });
    };
    const whole = stringOf((await box.fetch(index + 1, "BODY.PEEK[]")).item);
    if (whole === undefined) {
      add("BODY[]", "nothing", "");
      continue;
    }
    const map = sectionMap(whole);
    const ask = (item: string) => box.fetch(index + 1, item);
    add("RFC822.SIZE", String((await ask("RFC822.SIZE")).item?.value), String(whole.length));
    await compareStructures(ask, whole, isLoose, add);
    await compareParts(ask, whole, map, add);
    if (hasBinary) await compareBinaries(ask, whole, map, add);
  }
  return differences;
}

/** The numbers of all parts of a message, as BODYSTRUCTURE shows them. */
export function partNumbers(map: SectionMap, index = 0, prefix = ""): string[] {
  const message = map.parts[index];
  if (message === undefined) return [];
  if (message.kind !== "multipart") return numbersFrom(map, index, `${prefix}1`, true);
  return message.children.flatMap((child, place) => numbersFrom(map, child, `${prefix}${place + 1}`, false));
}

function numbersFrom(map: SectionMap, index: number, number: string, isWholeBody: boolean): string[] {
  const part = map.parts[index];
  const [inner] = part?.children ?? [];
  if (part?.kind === "message" && inner !== undefined) return [number, ...partNumbers(map, inner, `${number}.`)];
  if (part?.kind === "multipart" && !isWholeBody) return [number, ...partNumbers(map, index, `${number}.`)];
  return [number];
}

type Ask = (item: string) => ReturnType<ImapFetch["fetch"]>;
type Add = (item: string, theirs: string, ours: string) => void;

async function compareStructures(ask: Ask, whole: Buffer, isLoose: boolean, add: Add): Promise<void> {
  const structure = structureOf(whole);
  for (const name of ["envelope", "body", "bodyStructure"] as const) {
    const item = name.toUpperCase();
    const ours = Buffer.from(structure[name] ?? []);
    const { item: theirs } = await ask(item);
    if (!isImapList(ours)) add(`${item} is no list`, "", ours.toString("latin1"));
    else if (!isLoose) add(item, text(theirs?.raw), text(ours));
    else add(item, plainValue(theirs?.value ?? null), plainValue(parseFetchValue(ours)));
  }
}

async function compareParts(ask: Ask, whole: Buffer, map: SectionMap, add: Add): Promise<void> {
  const numbers = partNumbers(map);
  const sections = ["HEADER", "TEXT", "HEADER.FIELDS (SUBJECT FROM)", "HEADER.FIELDS (X-None)"];
  sections.push("HEADER.FIELDS.NOT (RECEIVED SUBJECT)");
  for (const number of new Set([...numbers, "1.1", "1.2", "2", "9"])) {
    for (const rest of ["", ".MIME", ".HEADER", ".TEXT", ".HEADER.FIELDS (Subject)", ".HEADER.FIELDS.NOT (Subject)"]) {
      sections.push(`${number}${rest}`);
    }
  }
  for (const section of sections) {
    const name = parseSectionName(section);
    const ranges = name === undefined ? undefined : resolveSection(map, name);
    const ours = ranges?.map(({ start, end }) => whole.subarray(start, end));
    const { item, status } = await ask(`BODY.PEEK[${section}]`);
    const theirs = item?.value === null ? Buffer.alloc(0) : stringOf(item);
    add(section, theirs === undefined ? status : text(theirs), ours === undefined ? "cut" : text(Buffer.concat(ours)));
  }
}

async function compareBinaries(ask: Ask, whole: Buffer, map: SectionMap, add: Add): Promise<void> {
  for (const number of partNumbers(map)) {
    const part = findPart(map, number.split(".").map(Number));
    if (part === undefined) continue;
    const body = whole.subarray(part.bodyStart, part.end);
    const { encoding } = part;
    const { item, status } = await ask(`BINARY.PEEK[${number}]`);
    const theirs = stringOf(item);
    const code = /^NO \[[A-Z-]+\]/.exec(status)?.[0] ?? status;
    const isDecoded = encoding === "base64" || encoding === "quoted-printable";
    const ours = encoding === "unknown" ? "NO [UNKNOWN-CTE]" : text(isDecoded ? decodePart(body, encoding) : body);
    add(`BINARY[${number}] of ${part.kind}`, theirs === undefined ? code : text(theirs), ours);
  }
}

function text(octets: Buffer | undefined): string {
  return octets?.toString("latin1") ?? "nothing";
}

function plainValue(value: FetchValue): string {
  return JSON.stringify(plain(value), null, 1);
}

function plain(value: FetchValue): unknown {
  if (Buffer.isBuffer(value)) return value.toString("latin1").toLowerCase();
  if (!Array.isArray(value)) return value;
  const items = value.map(plain);
  if (items[0] === "charset" && items[1] === "us-ascii" && items.length === 2) return null;
  return items;
}
