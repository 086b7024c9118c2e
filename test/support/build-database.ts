/** Containers of databases as freshclam leaves them, for tests. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

export interface DatabaseOptions {
  readonly version?: number;
  readonly isPacked?: boolean;
  /** Of another content than there is. */
  readonly md5?: string;
  /** A list of the files' digests, `x.info`, comes first. */
  readonly hasList?: boolean;
}

/** A container with these files, by name. */
export function buildDatabase(
  files: Readonly<Record<string, string>>,
  { version = 1, isPacked = true, md5, hasList = false }: DatabaseOptions = {},
): Buffer {
  const entries = Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.from(text, "latin1") }));
  const list = entries.map(({ name, bytes }) => `${name}:${bytes.length}:${sha256(bytes)}\n`).join("");
  const all = hasList ? [{ name: "x.info", bytes: Buffer.from(`ClamAV-VDB:x\n${list}DSIG:x\n`) }, ...entries] : entries;
  const archive = buildTar(all);
  const body = isPacked ? gzipSync(archive) : archive;
  const digest = md5 ?? createHash("md5").update(body).digest("hex");
  const header = Buffer.alloc(512, 0x20);
  header.write(`ClamAV-VDB:01 Jan 2026 10-00 +0000:${version}:${entries.length}:90:${digest}:sign:tester:1767261600`);
  return Buffer.concat([header, body]);
}

export function buildTar(
  files: readonly { readonly name: string; readonly bytes: Buffer; readonly type?: string }[],
): Buffer {
  const blocks = files.flatMap(({ name, bytes, type = "0" }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0", 100);
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write(type, 156);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
