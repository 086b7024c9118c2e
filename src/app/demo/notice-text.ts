/** Finds what was put into a message in place of something else, for showing. */
import { LF, latin1 } from "../../core/bytes.ts";

/** The text of the lines that `arrived` has instead of lines of `sent`, decoded by the nearest transfer encoding; the
 *  part's own header is left out. Undefined when nothing was put in. */
export function noticeIn(sent: Uint8Array, arrived: Uint8Array): string | undefined {
  const before = linesOf(sent);
  const after = linesOf(arrived);
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;

  const changed = after.slice(head, after.length - tail);
  const blank = changed.findIndex((line) => line.trim() === "");
  const startsInHeader = changed.slice(0, Math.max(0, blank)).some((line) => HEADER_FIELD.test(line));
  const body = (startsInHeader ? changed.slice(blank + 1) : changed).join("");
  const encoding = encodingBefore(startsInHeader ? after.slice(0, head + blank) : after.slice(0, head));
  const text = decode(body, encoding).replaceAll("\r\n", "\n").trim();
  return text === "" ? undefined : text;
}

function linesOf(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
    lines.push(latin1(bytes, start, end + 1));
    start = end + 1;
  }
  if (start < bytes.length) lines.push(latin1(bytes, start));
  return lines;
}

/** The transfer encoding named last: the one of the part that the lines end in. */
function encodingBefore(lines: readonly string[]): string {
  const field = lines.findLast((line) => /^content-transfer-encoding:/i.test(line));
  return (field?.split(":")[1] ?? "").trim().toLowerCase();
}

function decode(body: string, encoding: string): string {
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (encoding !== "quoted-printable") return Buffer.from(body, "latin1").toString("utf8");
  const octets = body.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/gi, (_, hex: string) => hexOctet(hex));
  return Buffer.from(octets, "latin1").toString("utf8");
}

function hexOctet(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

const HEADER_FIELD = /^[A-Za-z][A-Za-z0-9-]*:/;
