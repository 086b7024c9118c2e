/** Header fields in the room of others: the same number of octets, and of lines where that matters. What is left is
 *  filled up with spaces after a colon, or with a field that says nothing and that no program knows. */

export interface HeaderRoom {
  /** Octets with the line ends. */
  readonly bytes: number;
  readonly lines: number;
  /** False where any number of lines is as good. */
  readonly keepsLines: boolean;
  readonly lineEnd: "\r\n" | "\n";
}

/** The fields, given without the line end at their end, as octets that fill the room; undefined when they do not fit. No line is empty,
 *  none is longer than MAX_LINE_BYTES (nmh and poplib break on long ones), none is white space alone. */
export function fitFields(fields: readonly string[], room: HeaderRoom): string | undefined {
  const { lineEnd, keepsLines } = room;
  const extra = room.bytes - fields.join("").length - fields.length * lineEnd.length;
  if (extra < 0 || fields.length === 0) return undefined;
  const needed = fields.reduce((sum, field) => sum + field.split("\n").length, 0);
  if (keepsLines) return withExtra(fields, extra, room.lines - needed, lineEnd);
  const lines = extra <= MAX_SPACES ? 0 : Math.ceil(extra / PADDING_LINE_BYTES);
  return withExtra(fields, extra, lines, lineEnd);
}

/** With `extra` octets more, in `extraLines` lines more. */
function withExtra(fields: readonly string[], extra: number, extraLines: number, lineEnd: string): string | undefined {
  if (extraLines < 0) return undefined;
  if (extraLines === 0) return withSpaces(fields, extra, lineEnd);
  const padding = paddingField(extra - extraLines * lineEnd.length, extraLines, lineEnd);
  if (padding !== undefined) return [...fields, padding, ""].join(lineEnd);
  return folded(fields, extra, extraLines, lineEnd);
}

/** White space after a field's colon means nothing (RFC 5322 §2.2). */
function withSpaces(fields: readonly string[], extra: number, lineEnd: string): string | undefined {
  const padded: string[] = [];
  let left = extra;
  for (const field of fields) {
    const spaces = Math.max(0, Math.min(left, MAX_LINE_BYTES - field.length));
    left -= spaces;
    padded.push(field.replace(":", `:${" ".repeat(spaces)}`));
  }
  return left > 0 ? undefined : [...padded, ""].join(lineEnd);
}

/** A field of `lines` lines with `bytes` octets besides their line ends. */
function paddingField(bytes: number, lines: number, lineEnd: string): string | undefined {
  const first = Math.max(PADDING_NAME.length + 1, Math.min(Math.floor(bytes / lines), MAX_LINE_BYTES));
  const others = lines - 1;
  const rest = bytes - first;
  if (others === 0) return rest === 0 ? PADDING_NAME + ".".repeat(first - PADDING_NAME.length) : undefined;
  const width = Math.floor(rest / others);
  const longer = rest - width * others;
  if (width < 2 || width + (longer > 0 ? 1 : 0) > MAX_LINE_BYTES) return undefined;
  const text = [PADDING_NAME + ".".repeat(first - PADDING_NAME.length)];
  for (let index = 0; index < others; index += 1) text.push(` ${".".repeat(width - 1 + (index < longer ? 1 : 0))}`);
  return text.join(lineEnd);
}

/** Where there is no room for a field of its own, the parameters go to lines of their own. */
function folded(fields: readonly string[], extra: number, lines: number, lineEnd: string): string | undefined {
  let left = lines;
  const wrapped = fields.map((field) =>
    field.replace(/; /g, (separator) => {
      if (left === 0) return separator;
      left -= 1;
      return `;${lineEnd} `;
    }),
  );
  const spare = extra - lines * lineEnd.length;
  return left > 0 || spare < 0 ? undefined : withSpaces(wrapped, spare, lineEnd);
}

const MAX_LINE_BYTES = 900;
const MAX_SPACES = 40;
/** Short lines where nothing asks for other ones. */
const PADDING_LINE_BYTES = 76;
const PADDING_NAME = "X-Mailward-Pad: ";
