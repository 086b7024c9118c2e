/** Mails with an archive that is split over several attachments. */
import { gzipSync } from "node:zlib";
import { build7z } from "./build-7z.ts";
import { buildRar4Volumes, buildRar5Volumes, pieces } from "./build-rar-volumes.ts";
import { buildZip } from "./build-zip.ts";
import type { Evasion } from "./evasion.ts";

export const volumeEvasions: readonly Evasion[] = [
  volumes("RAR 5", ["a.part1.rar", "a.part2.rar", "a.part3.rar"], (file) => buildRar5Volumes(file, 3)),
  volumes("RAR 5, out of order", ["a.part2.rar", "a.part1.rar"], (file) => buildRar5Volumes(file, 2).reverse()),
  volumes("RAR 5, twelve of them", named(12, "a.part", ".rar"), (file) => buildRar5Volumes(file, 12)),
  volumes("RAR 5 with names of split files", ["a.001", "a.002"], (file) => buildRar5Volumes(file, 2)),
  volumes("RAR 5 in odd case", ["A.Part01.RAR", "a.part02.rar"], (file) => buildRar5Volumes(file, 2)),
  volumes("RAR 4", ["a.part1.rar", "a.part2.rar"], (file) => buildRar4Volumes(file, 2)),
  volumes("RAR 4 with old names", ["a.rar", "a.r00", "a.r01"], (file) => buildRar4Volumes(file, 3, { isOld: true })),
  volumes("7z", ["a.7z.001", "a.7z.002"], (file) => pieces(build7z([file]), 2)),
  volumes("7z, out of order", ["a.7z.002", "a.7z.001"], (file) => pieces(build7z([file]), 2).reverse()),
  volumes("zip", ["a.zip.001", "a.zip.002", "a.zip.003"], (file) => pieces(buildZip([file]), 3)),
  volumes("zip, split by the archiver", ["a.zip", "a.z01"], splitZip),
  volumes("gzip", ["a.gz.001", "a.gz.002"], ({ content }) => pieces(content, 2)),
];

interface Packed {
  readonly name: string;
  readonly content: Buffer;
}

function volumes(name: string, names: readonly string[], build: (file: Packed) => Buffer[]): Evasion {
  return {
    name: `volumes: ${name}`,
    build(payload) {
      const attached = build({ name: "a.com.gz", content: gzipSync(payload) });
      const parts = names.map((fileName, index) => {
        const body = (attached[index] ?? Buffer.alloc(0)).toString("base64").replace(/.{76}/g, "$&\r\n");
        const type = `Content-Type: application/octet-stream; name="${fileName}"`;
        return `--b\r\n${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}\r\n`;
      });
      const head = "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
      return Buffer.from(`${head}${parts.join("")}--b--\r\n`, "latin1");
    },
  };
}

function named(count: number, before: string, after: string): string[] {
  return Array.from({ length: count }, (_, index) => `${before}${index + 1}${after}`);
}

/** The mark of a split archive in front, the number of the last disk in the end record; the last volume first. */
function splitZip(file: Packed): Buffer[] {
  const built = Buffer.concat([Buffer.from("PK\x07\x08", "latin1"), buildZip([file])]);
  const end = built.lastIndexOf("PK\x05\x06", undefined, "latin1");
  built.writeUInt16LE(1, end + 4);
  const cut = 60;
  return [built.subarray(cut), built.subarray(0, cut)];
}
