/** Finds what RTF carries besides text: groups of hexadecimal data, raw octets, fields, the template. */
import { latin1 } from "../../../core/bytes.ts";
import { RtfTokens } from "./rtf-tokens.ts";

export interface RtfPart {
  /** `data`: octets in hexadecimal digits; `raw`: octets as they are; `field` and `template`: text. */
  readonly kind: "data" | "raw" | "field" | "template";
  readonly start: number;
  readonly end: number;
}

interface Group {
  kind: RtfPart["kind"] | undefined;
  /** Where the content after the word that gives the kind begins. */
  start: number;
  /** Digits and other characters that are directly in the group. */
  digits: number;
  others: number;
}

/** The parts in the order of their ends, so that inner ones come before outer ones. */
export function* findRtfParts(bytes: Buffer): Generator<RtfPart> {
  const tokens = new RtfTokens(bytes, 0, bytes.length);
  const groups: Group[] = [newGroup(0)];
  /** Groups inside the innermost one that is kept. */
  let deeper = 0;
  while (tokens.next()) {
    const top = groups.at(-1);
    if (top === undefined) return;
    switch (tokens.kind) {
      case "open":
        if (groups.length < MAX_GROUPS) groups.push(newGroup(tokens.end));
        else deeper += 1;
        break;
      case "close":
        if (deeper > 0) deeper -= 1;
        else if (groups.length > 1) {
          groups.pop();
          yield* partOf(top, tokens.start);
        }
        break;
      case "word":
        setKind(top, tokens);
        break;
      case "text":
        count(top, bytes, tokens.start, tokens.end);
        break;
      case "raw":
        yield { kind: "raw", start: tokens.start, end: tokens.end };
        break;
      default:
    }
  }
  // What is not closed ends with the text.
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) yield* partOf(group, bytes.length);
}

/** The characters of a part of text: escapes decoded, control words left out; at most `maxBytes`. */
export function partText(bytes: Buffer, { start, end }: RtfPart, maxBytes: number): string {
  const tokens = new RtfTokens(bytes, start, end);
  let text = "";
  /** Characters for readers that do not know the one before: one after each of Unicode. */
  let skipped = 0;
  while (text.length < maxBytes && tokens.next()) {
    if (tokens.kind === "word" && tokens.word === "u") {
      text += String.fromCharCode(tokens.parameter & 0xffff);
      skipped = 1;
    } else if (tokens.kind === "text") {
      text += latin1(bytes, tokens.start + skipped, Math.min(tokens.end, tokens.start + maxBytes));
      skipped = 0;
    } else if (tokens.kind === "character" || tokens.kind === "symbol") {
      if (skipped === 0) text += String.fromCharCode(tokens.parameter || 32);
      skipped = 0;
    }
  }
  return text.replaceAll(/[\r\n*]/g, "");
}

function newGroup(start: number): Group {
  return { kind: undefined, start, digits: 0, others: 0 };
}

function setKind(group: Group, { word, end }: RtfTokens): void {
  const kind = KINDS.get(word.toLowerCase());
  if (kind === undefined || group.kind !== undefined) return;
  group.kind = kind;
  group.start = end;
}

function* partOf({ kind, start, digits, others }: Group, end: number): Generator<RtfPart> {
  if (kind !== undefined) yield { kind, start, end };
  // Digits and nothing else are data whatever the destination is called.
  else if (digits >= MIN_DIGITS && others === 0) yield { kind: "data", start, end };
}

function count(group: Group, bytes: Buffer, start: number, end: number): void {
  if (group.kind !== undefined || group.others > 0) return;
  for (let index = start; index < end; index += 1) {
    const octet = bytes[index] ?? 0;
    const lower = octet | 0x20;
    if ((octet >= 0x30 && octet <= 0x39) || (lower >= 0x61 && lower <= 0x66)) group.digits += 1;
    else if (octet > 0x20) {
      group.others += 1;
      return;
    }
  }
}

/** Groups inside each other that are told apart; Word gives up long before. */
const MAX_GROUPS = 10_000;
const MIN_DIGITS = 32;
const KINDS: ReadonlyMap<string, RtfPart["kind"]> = new Map([
  ["objdata", "data"],
  ["pict", "data"],
  ["datastore", "data"],
  ["themedata", "data"],
  ["colorschememapping", "data"],
  ["template", "template"],
  ["fldinst", "field"],
]);
