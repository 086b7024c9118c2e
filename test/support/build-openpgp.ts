/** OpenPGP packets and armour. */

/** A packet with an old length of `octets` octets; without a length when it is 0. */
export function oldPacket(tag: number, body: Buffer, octets: 0 | 1 | 2 | 4 = 4): Buffer {
  const head = Buffer.alloc(1 + octets);
  head[0] = 0x80 | (tag << 2) | { 0: 3, 1: 0, 2: 1, 4: 2 }[octets];
  if (octets > 0) head.writeUIntBE(body.length, 1, octets);
  return Buffer.concat([head, body]);
}

/** A packet with a new length, the shortest that fits. */
export function newPacket(tag: number, body: Buffer): Buffer {
  const { length } = body;
  const head = Buffer.of(0xc0 | tag);
  if (length < 192) return Buffer.concat([head, Buffer.of(length), body]);
  if (length < 8384) return Buffer.concat([head, Buffer.of(192 + ((length - 192) >> 8), (length - 192) & 0xff), body]);
  const size = Buffer.alloc(5, 0xff);
  size.writeUInt32BE(length, 1);
  return Buffer.concat([head, size, body]);
}

/** A packet in partial bodies of `2 ** power` octets. */
export function partialPacket(tag: number, body: Buffer, power: number): Buffer {
  const pieces: Buffer[] = [Buffer.of(0xc0 | tag)];
  let start = 0;
  for (; body.length - start > 2 ** power; start += 2 ** power) {
    pieces.push(Buffer.of(224 + power), body.subarray(start, start + 2 ** power));
  }
  return Buffer.concat([...pieces, newPacket(0, body.subarray(start)).subarray(1)]);
}

/** The body of a literal packet. */
export function literalBody(content: Buffer, name = "a.com"): Buffer {
  return Buffer.concat([
    Buffer.from(`b${String.fromCharCode(name.length)}${name}`, "latin1"),
    Buffer.alloc(4),
    content,
  ]);
}

/** The bodies of packets whose content is chance. */
export function sessionKeyBody(): Buffer {
  return Buffer.concat([Buffer.of(3), Buffer.alloc(8, 0x11), Buffer.of(1), Buffer.alloc(130, 0x55)]);
}

export function protectedBody(): Buffer {
  return Buffer.concat([Buffer.of(1), Buffer.alloc(300, 0xa7)]);
}

export function onePassBody(): Buffer {
  return Buffer.concat([Buffer.of(3, 0, 8, 1), Buffer.alloc(8, 0x22), Buffer.of(1)]);
}

export function signatureBody(): Buffer {
  return Buffer.concat([Buffer.of(4, 0, 1, 8), Buffer.alloc(60, 0x33)]);
}

/** The checksum is wrong. */
export function armored(packets: Buffer, kind = "MESSAGE"): string {
  const lines = packets.toString("base64").replace(/.{64}(?=.)/g, "$&\r\n");
  return `-----BEGIN PGP ${kind}-----\r\nVersion: 1\r\n\r\n${lines}\r\n=abcd\r\n-----END PGP ${kind}-----\r\n`;
}
