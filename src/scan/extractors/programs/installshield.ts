/** Opens installers of InstallShield: programs with files behind them, in a plain list or in one that is disguised, and
 *  the cabinets among these files. */
import { latin1 } from "../../../core/bytes.ts";
import type { Budget } from "../../budget.ts";
import { StoredEntries } from "../archives/stored-entries.ts";
import { StreamMembers } from "../archives/stream-members.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { inflateRaw } from "../inflate.ts";
import { extractInstallShieldCabinet } from "./installshield-cabinet.ts";
import { readPortableExecutable } from "./portable-executable.ts";

export const installShieldExtractor: Extractor = {
  name: "InstallShield",
  mayMatch: (_, { bytes }) => bytes[0] === 0x4d,
  matches: ({ bytes }) => bytes[0] === 0x4d && appended(bytes) !== undefined,
  extract({ bytes }, sink, budget) {
    const found = appended(bytes);
    if (found === undefined) return;
    if (found.kind === "stream") sink.reason("unsupported", "InstallShield installer");
    else if (found.kind === "disguised") extractDisguised(bytes, found.start, sink, budget);
    else extractList(bytes, found.start, sink, budget);
  },
};

interface Appended {
  readonly kind: "list" | "disguised" | "stream";
  readonly start: number;
}

/** What stands behind the program's sections. */
function appended(bytes: Buffer): Appended | undefined {
  const start = readPortableExecutable(bytes)?.end ?? bytes.length;
  if (start + LIST_HEADER_BYTES > bytes.length) return undefined;
  if (readListed(bytes, start) !== undefined) return { kind: "list", start };
  const head = bytes.subarray(start, start + MAX_MARK_BYTES);
  const disguised = head.indexOf("InstallShield\0", 0, "latin1");
  if (disguised >= 0) return { kind: "disguised", start: start + disguised };
  const stream = head.indexOf("ISSetupStream\0", 0, "latin1");
  return stream < 0 ? undefined : { kind: "stream", start: start + stream };
}

interface Listed {
  readonly name: string;
  readonly dataStart: number;
  readonly dataEnd: number;
}

/** Name, path, version and size, each with a zero behind it; then the octets. */
function readListed(bytes: Buffer, start: number): Listed | undefined {
  const texts: string[] = [];
  let position = start;
  while (texts.length < 4) {
    const zero = bytes.subarray(position, position + MAX_TEXT_BYTES).indexOf(0);
    if (zero < 1) return undefined;
    texts.push(latin1(bytes, position, position + zero));
    position += zero + 1;
  }
  const [name = "", path = "", version = "", size = ""] = texts;
  if (!path.endsWith(name) || !/^[\d.]+$/.test(version) || !/^\d{1,10}$/.test(size)) return undefined;
  return { name, dataStart: position, dataEnd: position + Number(size) };
}

function extractList(bytes: Buffer, start: number, sink: ExtractorSink, budget: Budget): void {
  const entries = new StoredEntries(sink, budget);
  const files = new Map<string, Buffer>();
  let position = start;
  while (files.size < budget.options.entries) {
    const file = readListed(bytes, position);
    if (file === undefined) break;
    const data = bytes.subarray(file.dataStart, Math.min(file.dataEnd, bytes.length));
    files.set(file.name.toLowerCase(), data);
    if (!entries.hand(file.name, data)) return;
    position = file.dataEnd;
  }
  for (const [name, header] of files) {
    if (!name.endsWith(".hdr")) continue;
    const volume = (index: number): Buffer | undefined => files.get(name.replace(/\d*\.hdr$/, `${index}.cab`));
    extractInstallShieldCabinet(header, volume, sink, budget);
  }
}

/** Files whose octets are turned, combined with their name, and deflated. */
function extractDisguised(bytes: Buffer, start: number, sink: ExtractorSink, budget: Budget): void {
  const count = bytes.readUInt16LE(start + 14);
  const members = new StreamMembers(sink, budget);
  let position = start + LIST_HEADER_BYTES;
  for (let index = 0; index < count && position + FILE_HEADER_BYTES <= bytes.length; index += 1) {
    const zero = bytes.indexOf(0, position);
    const name = latin1(bytes, position, Math.min(zero, position + MAX_TEXT_BYTES));
    const size = bytes.readUInt32LE(position + MAX_TEXT_BYTES + 8);
    const dataStart = position + FILE_HEADER_BYTES;
    if (name === "" || !members.begin(name)) return;
    const data = undisguised(bytes.subarray(dataStart, dataStart + size), name);
    // The two octets of zlib's header.
    const inflated = inflateRaw(data.subarray(2), budget.outputBytes);
    members.add(name, inflated.bytes, data.length, inflated.end);
    position = dataStart + size;
  }
}

/** The halves of every octet are exchanged; the key is the file's name, which begins anew every 1,024 octets. */
function undisguised(data: Buffer, name: string): Buffer {
  const key = Buffer.from(name, "latin1").map((octet, index) => octet ^ (NAME_KEY[index % NAME_KEY.length] ?? 0));
  const output = Buffer.allocUnsafe(data.length);
  for (let index = 0; index < data.length; index += 1) {
    const octet = data[index] ?? 0;
    output[index] = ((octet >> 4) | (octet << 4)) ^ (key[(index % KEY_PERIOD) % key.length] ?? 0);
  }
  return output;
}

/** How far behind the program the mark may stand. */
const MAX_MARK_BYTES = 4_096;
const MAX_TEXT_BYTES = 260;
const LIST_HEADER_BYTES = 46;
const FILE_HEADER_BYTES = 312;
const NAME_KEY = [0xec, 0xca, 0x79, 0xf8];
const KEY_PERIOD = 1024;
