/** Looks for the EICAR test file in whatever a message may hide it in, independently of mailward's own scanner. */
import { gunzipSync, inflateRawSync } from "node:zlib";
import { eicar } from "../support/eicar.ts";

/** Whether the test file stands in `content` as it is, or in base64, quoted-printable, zip or gzip, in any nesting. */
export function containsEicar(content: Buffer): boolean {
  return contains(content, eicar());
}

/** The same for any octets. */
export function contains(content: Buffer, wanted: Buffer, depth = 0): boolean {
  if (content.includes(wanted)) return true;
  if (depth >= MAX_DEPTH) return false;
  return readings(content).some((reading) => contains(reading, wanted, depth + 1));
}

const MAX_DEPTH = 6;

function readings(content: Buffer): Buffer[] {
  const found: Buffer[] = [...zipEntries(content), ...gzipContents(content)];
  const text = content.toString("latin1");
  for (const run of base64Runs(text)) found.push(Buffer.from(run, "base64"));
  if (/=[0-9A-F]{2}/.test(text)) {
    const octets = text
      .replace(/=\r?\n/g, "")
      .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (octets !== text) found.push(Buffer.from(octets, "latin1"));
  }
  return found;
}

/** Neighbouring lines of base64, with the blanks that fill them, joined. */
function base64Runs(text: string): string[] {
  const runs: string[] = [];
  let run: string[] = [];
  for (const line of [...text.split(/\r?\n/), ""]) {
    if (/^[A-Za-z0-9+/]+={0,2} *$/.test(line)) {
      run.push(line.trimEnd());
    } else if (run.length > 0) {
      const joined = run.join("");
      if (joined.length >= 24) runs.push(joined);
      run = [];
    }
  }
  return runs;
}

function zipEntries(content: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  const signature = Buffer.from([0x50, 0x4b, 3, 4]);
  for (let at = content.indexOf(signature); at >= 0; at = content.indexOf(signature, at + 4)) {
    if (at + 30 > content.length) break;
    const start = at + 30 + content.readUInt16LE(at + 26) + content.readUInt16LE(at + 28);
    const packed = content.subarray(start, start + content.readUInt32LE(at + 18));
    const isDeflated = content.readUInt16LE(at + 8) === 8;
    const entry = isDeflated ? attempt(() => inflateRawSync(packed, { maxOutputLength: 1_000_000 })) : packed;
    if (entry !== undefined) entries.push(Buffer.from(entry));
  }
  return entries;
}

function gzipContents(content: Buffer): Buffer[] {
  if (content[0] !== 0x1f || content[1] !== 0x8b) return [];
  const unpacked = attempt(() => gunzipSync(content, { maxOutputLength: 1_000_000 }));
  return unpacked === undefined ? [] : [unpacked];
}

function attempt(read: () => Buffer): Buffer | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
