/** A line of the live table as data: spans of safe text with a tone. Components only colour what stands here. */
import stringWidth from "string-width";
import { viewLimits } from "../core/limits.ts";
import { sanitize } from "../core/sanitize.ts";

/** What a span means; a theme decides how that looks, and without colours the words still say it. */
export type Tone = "plain" | "strong" | "quiet" | "heading" | "good" | "warning" | "bad";

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export interface Line {
  readonly spans: readonly Span[];
  readonly isSelected?: boolean;
}

/** The characters drawn outside ASCII, and what stands for them where the locale has only ASCII. */
export interface Glyphs {
  readonly isUnicode: boolean;
  readonly ellipsis: string;
  readonly separator: string;
  readonly arrow: string;
  readonly cursor: string;
  readonly upDown: string;
}

export const UNICODE_GLYPHS: Glyphs = {
  isUnicode: true,
  ellipsis: "…",
  separator: " · ",
  arrow: "→",
  cursor: "›",
  upDown: "↑↓",
};

export const ASCII_GLYPHS: Glyphs = {
  isUnicode: false,
  ellipsis: "~",
  separator: " | ",
  arrow: ">",
  cursor: ">",
  upDown: "arrows",
};

/** Text from the wire made safe and plain: nothing moves the cursor, and in an ASCII locale nothing is outside it. */
export function clean(text: string, glyphs: Glyphs): string {
  const safe = sanitize(text, viewLimits.textCharacters);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of ASCII
  return glyphs.isUnicode ? safe : safe.replace(/…/g, "~").replace(/[^\x00-\x7f]/gu, "?");
}

/** Columns that `text` takes on a terminal. */
export function widthOf(text: string): number {
  // Most texts are ASCII, and a full screen is measured several times a second.
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

/** `text` cut to at most `width` columns between graphemes, with an ellipsis when something is gone. */
export function truncate(text: string, width: number, glyphs: Glyphs): string {
  if (width <= 0) return "";
  if (widthOf(text) <= width) return text;
  const room = width - widthOf(glyphs.ellipsis);
  let kept = "";
  let used = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    const next = used + widthOf(segment);
    if (next > room) break;
    kept += segment;
    used = next;
  }
  return kept + glyphs.ellipsis;
}

/** `text` in exactly `width` columns, cut or filled with spaces on the side that `align` leaves free. */
export function toWidth(text: string, width: number, glyphs: Glyphs, align: "left" | "right" = "left"): string {
  const cut = truncate(text, width, glyphs);
  const padding = " ".repeat(Math.max(0, width - widthOf(cut)));
  return align === "left" ? cut + padding : padding + cut;
}

/** `text` in lines of at most `width` columns, broken at spaces; a word that is longer is cut. */
export function wrap(text: string, width: number, glyphs: Glyphs): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > width) {
      lines.push(line);
      line = truncate(word, width, glyphs);
    } else {
      line = truncate(longer, width, glyphs);
    }
  }
  lines.push(line);
  return lines;
}

/** One line of spans in at most `width` columns; what does not fit is cut from the right. Neighbours of one tone
 *  become one span: each costs a node to draw. */
export function lineOf(spans: readonly Span[], width: number, glyphs: Glyphs): Line {
  const kept: Span[] = [];
  let room = width;
  for (const span of spans) {
    if (room <= 0) break;
    const text = truncate(span.text, room, glyphs);
    const last = kept.at(-1);
    if (last?.tone === span.tone) kept[kept.length - 1] = { text: last.text + text, tone: span.tone };
    else if (text !== "") kept.push({ text, tone: span.tone });
    room -= widthOf(text);
  }
  return { spans: kept };
}

/** The text of a line without its tones. */
export function lineText(line: Line): string {
  return line.spans.map((span) => span.text).join("");
}

const PRINTABLE_ASCII = /^[ -~]*$/;

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });
