/** Answers `BODY[…]` from the map of a message: where the octets are that make up a section. */
import type { Range } from "../delimiter-lines.ts";
import type { MappedPart, SectionMap } from "./section-map.ts";
import type { SectionName } from "./section-name.ts";

/** The ranges of the message whose octets, one after the other, are the section: ascending, none empty. A section that
 *  the message does not have is empty, as it is to Dovecot. Undefined when the map is cut and can not tell. */
export function resolveSection(map: SectionMap, section: SectionName): Range[] | undefined {
  const [message] = map.parts;
  if (message === undefined) return undefined;
  if (map.isCut && !isCertain(section)) return undefined;
  if (section.path.length === 0) return joined(rangesOf(message, section, true));
  const part = findPart(map, section.path);
  if (part === undefined) return [];
  if (section.what === "all" || section.what === "mime") return joined(rangesOf(part, section, false));
  // Header and text are those of the message inside (RFC 9051 §6.4.5).
  const inner = part.kind === "message" ? childOf(map, part, 1) : undefined;
  return inner === undefined ? [] : joined(rangesOf(inner, section, true));
}

/** The part whose body is BODY[path]; undefined when the message has none of this number. */
export function findPart(map: SectionMap, path: readonly number[]): MappedPart | undefined {
  let part = map.parts[0];
  for (const [index, number] of path.entries()) {
    if (part === undefined) return undefined;
    const isLast = index === path.length - 1;
    if (part.kind === "multipart") part = childOf(map, part, number);
    else if (number !== 1) return undefined;
    // Whatever is no multipart is its own part 1, and only a message has parts below that.
    if (!isLast && part?.kind !== "multipart") {
      if (part?.kind !== "message") return undefined;
      part = childOf(map, part, 1);
    }
  }
  return part;
}

function childOf(map: SectionMap, part: MappedPart, number: number): MappedPart | undefined {
  const index = part.children[number - 1];
  return index === undefined ? undefined : map.parts[index];
}

function rangesOf(part: MappedPart, { what, names }: SectionName, isMessage: boolean): Range[] {
  const { start, bodyStart, blankStart, end } = part;
  switch (what) {
    case "all":
      return [{ start: isMessage ? start : bodyStart, end }];
    case "text":
      return [{ start: bodyStart, end }];
    case "header":
    case "mime":
      return [{ start, end: bodyStart }];
    case "fields":
      return [...namedFields(part, names), { start: blankStart, end: bodyStart }];
    case "fields-not":
      return without({ start, end: bodyStart }, namedFields(part, names));
  }
}

function namedFields(part: MappedPart, names: readonly string[]): Range[] {
  const wanted = new Set(names);
  return part.fields.filter(({ name }) => wanted.has(name));
}

/** `range` without the `holes` in it. */
function without(range: Range, holes: readonly Range[]): Range[] {
  const ranges: Range[] = [];
  let { start } = range;
  for (const hole of holes) {
    ranges.push({ start, end: hole.start });
    start = hole.end;
  }
  ranges.push({ start, end: range.end });
  return ranges;
}

/** Ranges that touch as one, empty ones left out. */
function joined(ranges: readonly Range[]): Range[] {
  const all: { start: number; end: number }[] = [];
  for (const { start, end } of ranges) {
    const last = all.at(-1);
    if (end <= start) continue;
    if (last?.end === start) last.end = end;
    else all.push({ start, end });
  }
  return all;
}

/** Whether the section does not depend on what is in the body. */
function isCertain({ path, what }: SectionName): boolean {
  return path.length === 0 && (what === "all" || what === "header" || what === "text");
}
