/** A dialogue on its way to a golden one. */

export interface Distilled {
  readonly name: string;
  readonly title: string;
  readonly protocol: "imap" | "pop3";
  readonly lines: readonly DistilledLine[];
  /** Sizes of the messages, by their names. */
  readonly sizes: ReadonlyMap<string, number>;
}

export interface DistilledLine {
  readonly from: "client" | "upstream";
  /** With placeholders. */
  readonly text: string;
}

/** Larger messages are made smaller, unless pieces of them are asked for: those have to be somewhere. */
const MESSAGE_BYTES = 3_000;
const PIECES_BYTES = 150_000;

export function goldenText(dialogue: Distilled, maxBytes?: number): string {
  const body = dialogue.lines.map(({ from, text }) => `${from === "client" ? "C" : "S"} ${text}\n`).join("");
  const names = [...new Set(Array.from(body.matchAll(/\{\{(?!text )([^ }]+) /g), ([, name = ""]) => name))];
  const inPieces = new Set(
    Array.from(body.matchAll(/\{\{([^ }]+) [A-Z]+\[[^\]]*\]<(?!0> )/g), ([, name = ""]) => name),
  );
  const sizes = names.map((name) => {
    const cap = maxBytes ?? (inPieces.has(name) ? PIECES_BYTES : MESSAGE_BYTES);
    return `${name}=${Math.min(dialogue.sizes.get(name) ?? 400, cap)}`;
  });
  const heading = sizes.length === 0 ? "" : `# messages ${sizes.join(" ")}\n`;
  return `# ${dialogue.protocol} ${dialogue.title}\n${heading}${body}`;
}

/** What a dialogue shows: each line without its numbers, and with the line before it. */
export function shapes({ lines }: Distilled): string[] {
  let previous = "";
  return lines.map(({ from, text }) => {
    const shape = `${from} ${shapeOf(text)}`;
    const pair = `${previous}\n${shape}`;
    previous = shape;
    return pair;
  });
}

export function shapeOf(text: string): string {
  return text
    .replace(/^[A-Za-z0-9.-]*\d[A-Za-z0-9.-]* /, "t ")
    .replace(/\([0-9. +]+ secs\)/, "")
    .replace(/^(?:\+ )?[A-Za-z0-9+/]{12,}=*$/, "base64")
    .replace(/\d+/g, "0");
}
