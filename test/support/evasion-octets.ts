/** What can be done to all octets of a message so that some mail programs still read it. */

export interface OctetTrick {
  readonly name: string;
  apply(message: string): Buffer;
}

export const octetTricks: readonly OctetTrick[] = [
  trick("as it is", (text) => text),
  trick("LF", (text) => text.replaceAll("\r\n", "\n")),
  trick("CR", (text) => text.replaceAll("\r\n", "\r")),
  trick("CR CR LF", (text) => text.replaceAll("\r\n", "\r\r\n")),
  trick("LF CR", (text) => text.replaceAll("\r\n", "\n\r")),
  trick("CR LF and LF in turn", (text) => inTurn(text, ["\r\n", "\n"])),
  trick("CR LF and CR in turn", (text) => inTurn(text, ["\r\n", "\r"])),
  trick("LF and CR in turn", (text) => inTurn(text, ["\n", "\r"])),
  trick("blank lines before", (text) => `\r\n\r\n${text}`),
  trick("white space before", (text) => `  \r\n${text}`),
  trick("an indented line before", (text) => ` x\r\n${text}`),
  trick("an mbox line before", (text) => `From sender@example.org Thu Jan  1 10:00:00 2026\r\n${text}`),
  trick("a quoted mbox line before", (text) => `>From sender@example.org Thu Jan  1 10:00:00 2026\r\n${text}`),
  trick("a byte order mark before", (text) => `\xef\xbb\xbf${text}`),
  trick("no final line end", (text) => text.replace(/[\r\n]+$/, "")),
  trick("a NUL in every line", (text) => text.replaceAll("\r\n", "\0\r\n")),
  { name: "UTF-16, little endian", apply: (text) => Buffer.from(`\ufeff${text}`, "utf16le") },
  { name: "UTF-16, big endian", apply: (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16() },
];

function trick(name: string, change: (text: string) => string): OctetTrick {
  return { name, apply: (text) => Buffer.from(change(text), "latin1") };
}

function inTurn(text: string, ends: readonly string[]): string {
  const lines = text.split("\r\n");
  return lines
    .map((line, index) => line + (index === lines.length - 1 ? "" : (ends[index % ends.length] ?? "")))
    .join("");
}
