/** Messages for tests of engines. */

/** A message with a text part and one attachment, in base64. */
export function mailWithAttachment(attachment: Buffer | string, text = "the first part"): Buffer {
  const lines = [
    "Subject: a subject",
    "From: ann@example.org",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    text,
    "--b",
    'Content-Type: application/octet-stream; name="a.bin"',
    "Content-Transfer-Encoding: base64",
    "",
    Buffer.from(attachment)
      .toString("base64")
      .replace(/(.{76})/g, "$1\r\n"),
    "--b--",
    "",
  ];
  return Buffer.from(lines.join("\r\n"));
}

/** A message without parts. */
export function plainMail(body: string): Buffer {
  return Buffer.from(`Subject: a subject\r\nFrom: ann@example.org\r\n\r\n${body}\r\n`);
}

/** Octets that are no text and do not repeat. */
export function noise(bytes: number): Buffer {
  const octets = Buffer.alloc(bytes);
  let state = 1;
  for (let index = 0; index < bytes; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    octets[index] = state >>> 24;
  }
  return octets;
}
