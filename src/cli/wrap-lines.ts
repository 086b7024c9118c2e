/** Texts for people in the width of their terminal. */

/** Breaks what is longer than `columns` between words; what follows stands below the last column of a row, or a little
 *  further in than the line. Without a width nothing is changed: a program may be reading. */
export function wrapLines(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  return text
    .split("\n")
    .map((line) => (line.length <= columns ? line : wrapLine(line, columns)))
    .join("\n");
}

function wrapLine(line: string, columns: number): string {
  const indent = " ".repeat(indentOf(line, columns));
  const lines: string[] = [];
  // Where the text begins is not taken apart: it may be aligned.
  const body = line.search(/\S/);
  let current = line.slice(0, body);
  let isEmpty = true;
  for (const part of line.slice(body).matchAll(/(\s*)(\S+)/g)) {
    const [whole, , word = ""] = part;
    if (!isEmpty && current.length + whole.length > columns) {
      lines.push(current);
      current = indent + word;
    } else current += whole;
    isEmpty = false;
  }
  return [...lines, current].join("\n");
}

function indentOf(line: string, columns: number): number {
  const gap = [...line.matchAll(/\S( {2,})(?=\S)/g)].findLast(
    ({ index, 0: text }) => index + text.length + MIN_WIDTH <= columns,
  );
  if (gap !== undefined) return gap.index + gap[0].length;
  return Math.min(line.search(/\S/) + 2, Math.floor(columns / 2));
}

/** A last column narrower than that is harder to read than one that is broken off. */
const MIN_WIDTH = 30;
