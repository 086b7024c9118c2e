/** Sample messages for tests: what a mailbox holds, clean and infected. All have CRLF line ends unless they say so,
 *  and the same arguments give the same octets. */
import { buildZip } from "./build-zip.ts";
import { eicar } from "./eicar.ts";

export interface SampleOptions {
  readonly subject?: string;
  /** Makes the Message-ID, and so the octets, different from those of other messages. */
  readonly id?: string;
  readonly from?: string;
}

export interface SampleAttachment {
  readonly name: string;
  readonly content: Uint8Array;
  readonly type?: string;
}

/** A named sample and whether anything must be found in it. */
export interface Sample {
  readonly name: string;
  readonly message: Buffer;
  readonly isInfected: boolean;
}

/** Plain ASCII text in one part. */
export function textMail(text = "Good morning,\r\nnothing but text.\r\n", options: SampleOptions = {}): Buffer {
  return latin1(`${header(options)}Content-Type: text/plain; charset=us-ascii\r\n\r\n${text}`);
}

/** A text and any number of base64 attachments in multipart/mixed. */
export function attachmentMail(attachments: readonly SampleAttachment[], options: SampleOptions = {}): Buffer {
  const parts = attachments.map((attachment) => attachmentPart(attachment));
  return Buffer.concat([
    latin1(`${header(options)}Content-Type: multipart/mixed; boundary="${BOUNDARY}"\r\n\r\n`),
    latin1(`--${BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nSee the attachment.\r\n`),
    ...parts,
    latin1(`--${BOUNDARY}--\r\n`),
  ]);
}

/** The EICAR test file, base64, as part 2. */
export function eicarMail(options: SampleOptions = {}): Buffer {
  return attachmentMail([{ name: "a.com", content: eicar() }], { subject: "a program", ...options });
}

/** The EICAR test file as `a.com` in `invoice.zip`, part 2. */
export function eicarZipMail(options: SampleOptions = {}): Buffer {
  const zip = buildZip([
    { name: "readme.txt", content: latin1("Please pay.\r\n") },
    { name: "a.com", content: eicar() },
  ]);
  const attachment = { name: "invoice.zip", content: zip, type: "application/zip" };
  return attachmentMail([attachment], { subject: "invoice", ...options });
}

/** A clean zip, part 2. */
export function cleanZipMail(options: SampleOptions = {}): Buffer {
  const content = buildZip([{ name: "readme.txt", content: latin1("Please pay.\r\n".repeat(50)) }]);
  return attachmentMail([{ name: "report.zip", content, type: "application/zip" }], { subject: "report", ...options });
}

/** Latin-1 octets in header and body without any encoding declared. */
export function eightBitMail(options: SampleOptions = {}): Buffer {
  return latin1(
    `${header({ subject: "D\xe9j\xe0 vu", ...options })}Content-Type: text/plain; charset=iso-8859-1\r\n` +
      "Content-Transfer-Encoding: 8bit\r\n\r\nd\xe9j\xe0 vu, \xfcber alles \xff\x80\r\n",
  );
}

/** A message as an attachment of a message, `depth` times; the innermost is `inner`. */
export function nestedMail(inner: Buffer = textMail(), depth = 1, options: SampleOptions = {}): Buffer {
  let message = inner;
  for (let level = 1; level <= depth; level += 1) {
    const boundary = `nested-${level}`;
    message = Buffer.concat([
      latin1(`${header({ subject: `forwarded ${level}`, ...options })}`),
      latin1(`Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n`),
      latin1(`--${boundary}\r\nContent-Type: text/plain\r\n\r\nForwarded.\r\n`),
      latin1(`--${boundary}\r\nContent-Type: message/rfc822\r\n\r\n`),
      message,
      latin1(`\r\n--${boundary}--\r\n`),
    ]);
  }
  return message;
}

/** Lines of dots, lines that begin with one, and a line that would end a POP3 response. */
export function dotLinesMail(options: SampleOptions = {}): Buffer {
  return textMail(".\r\n..\r\n...\r\n.text\r\n\r\n.\r\n\r\n+OK forged\r\n.", { subject: "dots", ...options });
}

/** The last line has no line end. */
export function noFinalNewlineMail(options: SampleOptions = {}): Buffer {
  return textMail("the last line does not end", { subject: "no final newline", ...options });
}

/** NUL octets in the body, and one in a header value. */
export function nulMail(options: SampleOptions = {}): Buffer {
  return latin1(`${header(options)}X-Nul: a\0b\r\n\r\nbefore\0after\r\n\0\0\0\r\n`);
}

/** A header, the blank line, and nothing. */
export function emptyBodyMail(options: SampleOptions = {}): Buffer {
  return textMail("", { subject: "empty", ...options });
}

/** A header without even the blank line that ends it. */
export function headerOnlyMail(options: SampleOptions = {}): Buffer {
  return latin1(header(options));
}

/** Line ends of LF alone, as Unix programs store mail. */
export function bareLineFeedMail(options: SampleOptions = {}): Buffer {
  return latin1(
    attachmentMail([noise(3_000)], { subject: "LF", ...options })
      .toString("latin1")
      .replaceAll("\r\n", "\n"),
  );
}

/** An attachment of `bytes` octets that do not compress. */
export function largeMail(bytes = 12 * 1024 * 1024, options: SampleOptions = {}): Buffer {
  return attachmentMail([noise(bytes)], { subject: "large", ...options });
}

/** One of each kind; the large one last, so that `slice(0, -1)` leaves it out. */
export function sampleMails(): Sample[] {
  return [
    clean("text", textMail()),
    clean("attachment", attachmentMail([noise(10_000)], { id: "attachment" })),
    infected("eicar", eicarMail({ id: "eicar" })),
    clean("clean zip", cleanZipMail({ id: "clean-zip" })),
    infected("eicar in zip", eicarZipMail({ id: "eicar-zip" })),
    clean("8-bit", eightBitMail({ id: "eight-bit" })),
    clean("nested", nestedMail(textMail(), 3, { id: "nested" })),
    infected("nested eicar", nestedMail(eicarZipMail(), 2, { id: "nested-eicar" })),
    clean("dot lines", dotLinesMail({ id: "dots" })),
    clean("no final newline", noFinalNewlineMail({ id: "no-final" })),
    clean("NULs", nulMail({ id: "nul" })),
    clean("empty body", emptyBodyMail({ id: "empty" })),
    clean("bare LF", bareLineFeedMail({ id: "bare-lf" })),
    clean("large", largeMail(undefined, { id: "large" })),
  ];
}

function clean(name: string, message: Buffer): Sample {
  return { name, message, isInfected: false };
}

function infected(name: string, message: Buffer): Sample {
  return { name, message, isInfected: true };
}

/** Octets that look random and are the same in every run (xorshift). */
function noise(bytes: number): SampleAttachment {
  const content = Buffer.alloc(bytes);
  let state = 0x9e3779b9;
  for (let index = 0; index < bytes; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    content[index] = state & 0xff;
  }
  return { name: "data.bin", content };
}

function attachmentPart(attachment: SampleAttachment): Buffer {
  const type = attachment.type ?? "application/octet-stream";
  return latin1(
    `--${BOUNDARY}\r\nContent-Type: ${type}; name="${attachment.name}"\r\nContent-Transfer-Encoding: base64\r\n` +
      `Content-Disposition: attachment; filename="${attachment.name}"\r\n\r\n${base64Lines(attachment.content)}`,
  );
}

function base64Lines(content: Uint8Array): string {
  const text = Buffer.from(content).toString("base64");
  return text.replace(/.{1,76}/g, "$&\r\n");
}

function header(options: SampleOptions): string {
  return (
    `From: ${options.from ?? "Sender <sender@example.org>"}\r\nTo: reader@example.net\r\n` +
    `Subject: ${options.subject ?? "a message"}\r\nDate: Thu, 1 Jan 2026 10:00:00 +0000\r\n` +
    `Message-ID: <${options.id ?? "message"}@example.org>\r\nMIME-Version: 1.0\r\n`
  );
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

const BOUNDARY = "sample-boundary";
