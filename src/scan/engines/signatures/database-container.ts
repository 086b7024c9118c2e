/** ClamAV's containers of databases (.cvd, .cld, .cud): a header of 512 octets, and a tar archive, compressed or not.
 *  The digital signature in the header cannot be checked, because ClamAV's key is ClamAV's; its checksums are. */
import { hash } from "node:crypto";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { latin1, view } from "../../../core/bytes.ts";
import { errorText } from "../../../core/errors.ts";
import { signatureLimits } from "../../../core/scan-limits.ts";
import type { DatabaseVersion } from "./compiled-signatures.ts";
import { TarReader } from "./tar-reader.ts";

export interface ContainedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The header; undefined when it is none. */
export function readDatabaseHeader(path: string, bytes: Uint8Array): (DatabaseVersion & { md5: string }) | undefined {
  const fields = latin1(bytes, 0, HEADER_BYTES).split(":");
  const [magic, builtAt = "", version = "", signatures = "", level = "", md5 = "", , builder = ""] = fields;
  if (magic !== "ClamAV-VDB" || bytes.length < HEADER_BYTES) return undefined;
  return {
    path,
    version: Number(version) || 0,
    builtAt,
    signatures: Number(signatures) || 0,
    level: Number(level) || 0,
    builder: builder.trim().slice(0, MAX_BUILDER_CHARACTERS),
    md5: md5.toLowerCase(),
  };
}

/** Whether the container has the checksum that its header says. Those that freshclam has changed (.cld) keep the header
 *  of what they were made from, and have none. */
export function hasRightChecksum(path: string, bytes: Uint8Array, md5: string): boolean {
  return !/\.cvd$/i.test(path) || hash("md5", bytes.subarray(HEADER_BYTES)) === md5;
}

/** Its files, one after the other, each only until the next one is asked for. `report` is told what is wrong with them:
 *  files that differ from the list in the container are left out, and so is everything behind damage. */
export async function* containedFiles(
  bytes: Uint8Array,
  report: (problem: string) => void,
): AsyncGenerator<ContainedFile> {
  const body = view(bytes).subarray(HEADER_BYTES);
  const isPacked = body[0] === 0x1f && body[1] === 0x8b;
  const source = Readable.from(slices(body), { objectMode: false });
  const chunks: AsyncIterable<Buffer> = isPacked ? source.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : source;
  const reader = new TarReader(signatureLimits.fileBytes, signatureLimits.files);
  let list = new Map<string, string>();
  let total = 0;
  try {
    for await (const chunk of chunks) {
      total += chunk.length;
      if (total > signatureLimits.containerBytes) return report("it holds more octets than are allowed");
      for (const { name, bytes: content } of reader.receive(chunk)) {
        if (name.endsWith(".info")) list = readList(content);
        const expected = list.get(name);
        if (expected !== undefined && hash("sha256", content) !== expected) report(`"${name}" is damaged`);
        else yield { name, bytes: content };
      }
      if (reader.problem !== undefined) return report(reader.problem);
    }
    if (!reader.isComplete) report("it ends in the middle of a file");
  } catch (error) {
    report(`it is damaged: ${errorText(error)}`);
  }
}

/** `name:size:SHA-256` of every file, and a signature that is not checked. */
function readList(content: Buffer): Map<string, string> {
  const list = new Map<string, string>();
  for (const line of latin1(content).split("\n")) {
    const [name = "", , digest = ""] = line.split(":");
    if (/^[\da-f]{64}$/i.test(digest)) list.set(name, digest.toLowerCase());
  }
  return list;
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}

const HEADER_BYTES = 512;
const CHUNK_BYTES = 1024 * 1024;
const MAX_BUILDER_CHARACTERS = 40;
