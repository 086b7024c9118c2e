/** The header of an ICAP response (RFC 3507 §4.3), and the lists in it. */

export interface IcapHead {
  readonly status: number;
  /** The status line's words. */
  readonly words: string;
  /** Values by name in lower case; the lines of a folded value are joined by LF. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Reads status line and fields; `octets` are those before the blank line. Throws when they are no ICAP. */
export function parseIcapHead(octets: Buffer): IcapHead {
  const [first = "", ...lines] = octets.toString("latin1").split(/\r?\n/);
  const match = /^ICAP\/1\.\d (\d{3})(?: (.*))?$/.exec(first.trim());
  if (match === null) throw new Error("its answer is no ICAP");
  const fields = new Map<string, string>();
  let name = "";
  for (const line of lines) {
    if (/^[ \t]/.test(line)) {
      if (name !== "") fields.set(name, `${fields.get(name) ?? ""}\n${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(":");
    name = colon < 0 ? "" : line.slice(0, colon).trim().toLowerCase();
    if (name !== "") fields.set(name, line.slice(colon + 1).trim());
  }
  return { status: Number(match[1]), words: match[2] ?? "", fields };
}

/** What the encapsulated message consists of (RFC 3507 §4.4.1): the length of its header, and whether a body follows. */
export interface Encapsulated {
  readonly headerBytes: number;
  readonly hasBody: boolean;
  /** The header is a response: in answer to a request, that is a page in its place. */
  readonly hasResponse: boolean;
  /** Where the response's own header begins. */
  readonly responseStart: number;
}

/** Reads `res-hdr=0, res-body=213`. Throws when the offsets can not be. */
export function parseEncapsulated(value: string | undefined, maxHeaderBytes: number): Encapsulated {
  let end = 0;
  let hasBody = false;
  let responseStart = -1;
  for (const entry of (value ?? "null-body=0").split(",")) {
    const match = /^(req-hdr|res-hdr|req-body|res-body|opt-body|null-body)=(\d{1,9})$/.exec(entry.trim());
    const offset = Number(match?.[2]);
    if (match === null || offset < end || offset > maxHeaderBytes) throw new Error("its Encapsulated field is broken");
    if (match[1] === "res-hdr") responseStart = offset;
    hasBody = match[1]?.endsWith("-body") === true && match[1] !== "null-body";
    end = offset;
  }
  return { headerBytes: end, hasBody, hasResponse: responseStart >= 0, responseStart };
}

/** The words of a list field, in lower case. */
export function listOf(value: string | undefined): string[] {
  return (value ?? "")
    .split(/[,\s]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}
