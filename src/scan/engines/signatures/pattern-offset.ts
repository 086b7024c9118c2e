/** Where in content a pattern may begin: ClamAV's offsets. */
import { TARGETS } from "./target-type.ts";

/** As numbers, because they are kept in tables. */
export const OFFSET_ANY = 0;
export const OFFSET_ABSOLUTE = 1;
export const OFFSET_END = 2;
export const OFFSET_ENTRY_POINT = 3;
export const OFFSET_SECTION = 4;
export const OFFSET_WHOLE_SECTION = 5;
export const OFFSET_LAST_SECTION = 6;

/** `value` is added to what the kind names (taken from the end); the pattern may begin up to `shift` octets later. */
export interface PatternOffset {
  readonly kind: number;
  readonly value: number;
  readonly shift: number;
  readonly section: number;
}

/** What of an executable offsets refer to. */
export interface ExecutableLayout {
  /** The entry point's offset in the file. */
  readonly entryPoint: number;
  readonly sections: readonly { readonly start: number; readonly bytes: number }[];
}

export const ANYWHERE: PatternOffset = { kind: OFFSET_ANY, value: 0, shift: 0, section: 0 };

/** The offset, or what is wrong with it. `target` is ClamAV's number of the type of file that it is for. */
export function parseOffset(text: string, target: number): PatternOffset | string {
  if (text === "*") return ANYWHERE;
  const comma = text.indexOf(",");
  const shift = comma < 0 ? 0 : number(text.slice(comma + 1));
  if (shift === undefined) return "the offset's shift is no number";
  const place = comma < 0 ? text : text.slice(0, comma);
  const absolute = number(place);
  if (absolute !== undefined) return { kind: OFFSET_ABSOLUTE, value: absolute, shift, section: 0 };
  if (place.startsWith("VI")) return "offsets in version information are not supported";
  if (place.startsWith("$")) return "macros are not supported";
  const match = RELATIVE.exec(place);
  if (match === null) return "the offset is not one of ClamAV's forms";
  const { end, entry, whole, last, section, plus } = match.groups ?? {};
  if (end !== undefined) return { kind: OFFSET_END, value: -Number(end), shift, section: 0 };
  if (target === TARGETS.machO) return "offsets in Mach-O files are not supported";
  if (target !== TARGETS.portableExecutable && target !== TARGETS.elf) return "such an offset is for executables only";
  if (entry !== undefined) return { kind: OFFSET_ENTRY_POINT, value: Number(entry), shift, section: 0 };
  if (last !== undefined) return { kind: OFFSET_LAST_SECTION, value: Number(last), shift, section: 0 };
  if (whole !== undefined) return { kind: OFFSET_WHOLE_SECTION, value: 0, shift, section: Number(whole) };
  return { kind: OFFSET_SECTION, value: Number(plus), shift, section: Number(section) };
}

/** The first and the last offset at which the pattern may begin; undefined when there is none in this content. */
export function offsetRange(
  { kind, value, shift, section }: PatternOffset,
  contentBytes: number,
  layout: () => ExecutableLayout | undefined,
): { readonly first: number; readonly last: number } | undefined {
  if (kind === OFFSET_ANY) return { first: 0, last: contentBytes };
  const place = offsetPlace(kind, section, contentBytes, layout);
  // Before the beginning is nowhere, even when the shift would lead to content.
  if (place === undefined || place.start + value < 0) return undefined;
  const first = place.start + value;
  return { first, last: first + shift + (kind === OFFSET_WHOLE_SECTION ? place.bytes : 0) };
}

function offsetPlace(
  kind: number,
  section: number,
  contentBytes: number,
  layout: () => ExecutableLayout | undefined,
): { readonly start: number; readonly bytes: number } | undefined {
  if (kind === OFFSET_ABSOLUTE) return { start: 0, bytes: 0 };
  if (kind === OFFSET_END) return { start: contentBytes, bytes: 0 };
  const found = layout();
  if (found === undefined) return undefined;
  if (kind === OFFSET_ENTRY_POINT) return { start: found.entryPoint, bytes: 0 };
  return kind === OFFSET_LAST_SECTION ? found.sections.at(-1) : found.sections[section];
}

function number(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : undefined;
}

const RELATIVE =
  /^(?:EOF-(?<end>\d{1,9})|EP(?<entry>[+-]\d{1,9})|SE(?<whole>\d{1,5})|SL\+(?<last>\d{1,9})|S(?<section>\d{1,5})\+(?<plus>\d{1,9}))$/;
