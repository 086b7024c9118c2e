/** Archives that hide a member from one reader or another, each as an attachment of a mail. */
import { deflateRawSync, gzipSync } from "node:zlib";
import { buildZip } from "./build-zip.ts";
import { buildMail, type Evasion } from "./evasion.ts";

export const archiveEvasions: readonly Evasion[] = [
  archive("zip: stored", (payload) => buildZip([{ name: "a.com", content: payload, method: "store" }])),
  archive("zip: deflated", zip),
  archive("zip: octets before it", (payload) => Buffer.concat([Buffer.from("MZ".repeat(500)), zip(payload)])),
  archive("zip: octets after it", (payload) => Buffer.concat([zip(payload), Buffer.from("x".repeat(500))])),
  archive("zip: the first of two", (payload) => Buffer.concat([zip(payload), zip(Buffer.from("harmless"))])),
  archive("zip: the second of two", (payload) => Buffer.concat([zip(Buffer.from("harmless")), zip(payload)])),
  archive("zip: no central directory", (payload) => beforeDirectory(zip(payload))),
  archive("zip: the directory lists nothing", (payload) => {
    const emptied = zip(payload);
    emptied.fill(0, emptied.indexOf("PK\x01\x02"));
    return emptied;
  }),
  archive("zip: another method in the local header", (payload) => patched(zip(payload), "PK\x03\x04", 8, 0)),
  archive("zip: another method in the directory", (payload) => patched(zip(payload), "PK\x01\x02", 10, 0)),
  archive("zip: deflated data that claim to be stored", (payload) =>
    patched(patched(zip(payload), "PK\x03\x04", 8, 0), "PK\x01\x02", 10, 0),
  ),
  archive("zip: encrypted by the directory alone", (payload) => patched(zip(payload), "PK\x01\x02", 8, 1)),
  archive("zip: wrong checksums", (payload) => {
    const stated = patched(patched(zip(payload), "PK\x03\x04", 14, 0x1234), "PK\x01\x02", 16, 0x1234);
    return stated;
  }),
  archive("zip: sizes of 0 in the local header", (payload) => {
    const described = zip(payload);
    described.fill(0, 14, 26);
    return patched(described, "PK\x03\x04", 6, 0x0808);
  }),
  archive("zip: cut off", (payload) => zip(payload).subarray(0, -60)),
  archive("zip: the last of many", (payload) =>
    buildZip([
      ...Array.from({ length: 500 }, (_, index) => ({ name: `${index}.txt`, content: Buffer.from(`text ${index}`) })),
      { name: "z.com", content: payload },
    ]),
  ),
  archive("zip: in a zip", (payload) => buildZip([{ name: "inner.zip", content: zip(payload), method: "store" }])),
  archive("zip: a mail in it", (payload) => buildZip([{ name: "mail.eml", content: mailWith(payload) }])),
  archive("zip: a mail with a zip in it", (payload) =>
    buildZip([{ name: "mail.eml", content: mailWith(zip(payload)) }]),
  ),
  archive("zip: a directory and an escaping name", (payload) =>
    buildZip([
      { name: "folder/", content: Buffer.alloc(0), method: "store" },
      { name: "../../a.com", content: payload },
    ]),
  ),
  archive("gzip: plain", (payload) => gzipSync(payload)),
  archive("gzip: cut off", (payload) => gzipSync(Buffer.concat([payload, Buffer.alloc(50, "x")])).subarray(0, -9)),
  archive("gzip: the second member", (payload) => Buffer.concat([gzipSync("harmless"), gzipSync(payload)])),
  archive("gzip: all header fields", (payload) =>
    Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 4 | 8 | 16 | 2, 0, 0, 0, 0, 0, 3]),
      Buffer.from("\x03\0abcname\0comment\0\0\0", "latin1"),
      deflateRawSync(payload),
      Buffer.alloc(8),
    ]),
  ),
  archive("gzip: a zip in it", (payload) => gzipSync(zip(payload))),
];

function archive(name: string, build: (payload: Buffer) => Buffer): Evasion {
  return { name, build: (payload) => mailWith(build(payload)) };
}

/** A compressible member, so that the archive does not show the payload as it is. */
function zip(payload: Buffer): Buffer {
  const content = Buffer.concat([payload, Buffer.alloc(200, "filler ")]);
  return buildZip([{ name: "a.com", content }]);
}

function mailWith(content: Buffer): Buffer {
  return buildMail({ body: content.toString("base64").replace(/.{76}/g, "$&\r\n") });
}

/** A 16-bit field at `offset` of the first record with `signature`. */
function patched(bytes: Buffer, signature: string, offset: number, value: number): Buffer {
  bytes.writeUInt16LE(value, bytes.indexOf(signature, 0, "latin1") + offset);
  return bytes;
}

function beforeDirectory(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.indexOf("PK\x01\x02", 0, "latin1"));
}
