/** Reads responses as lenient mail programs do: `{5}` at the end of any line announces a literal, whatever the line is. */

/** The lines with their ends, and how many octets of literals follow each; undefined where the octets end too early. */
export function readLoosely(octets: Buffer): { lines: string[]; literals: Buffer[] } {
  const lines: string[] = [];
  const literals: Buffer[] = [];
  for (let at = 0; at < octets.length; ) {
    const feed = octets.indexOf("\n", at);
    const end = feed < 0 ? octets.length : feed + 1;
    const line = octets.toString("latin1", at, end);
    lines.push(line);
    at = end;
    const digits = /\{([0-9]+)[+-]?\}\r?\n$/.exec(line)?.[1];
    if (digits === undefined) continue;
    literals.push(octets.subarray(at, at + Number(digits)));
    at += Number(digits);
  }
  return { lines, literals };
}
