/** The mailbox of the demonstration: a clean message, one with an attachment, and one with the EICAR test file in a
 *  zip. The test file is harmless; every scanner reports it. */
import { zipFile } from "./zip-file.ts";

export interface SampleMessage {
  readonly subject: string;
  readonly bytes: Buffer;
  readonly isInfected: boolean;
  /** Encoded octets that stand in the message only as long as the infected attachment does. */
  readonly infectedMark?: Buffer;
}

/** Three messages, the same octets each time. */
export function sampleMailbox(): readonly SampleMessage[] {
  const zip = zipAttachment();
  return [
    { subject: MINUTES, bytes: mail(MINUTES, "minutes", text(MINUTES_TEXT)), isInfected: false },
    { subject: REPORT, bytes: mail(REPORT, "report", withAttachment(REPORT_TEXT, csvAttachment())), isInfected: false },
    {
      subject: INVOICE,
      bytes: mail(INVOICE, "invoice", withAttachment(INVOICE_TEXT, zip)),
      isInfected: true,
      infectedMark: Buffer.from(base64Lines(zip.content).slice(0, 60), "latin1"),
    },
  ];
}

const MINUTES = "Minutes of Monday";
const MINUTES_TEXT =
  "Good morning,\r\n\r\nthe minutes in short: all plans stand.\r\n.\r\nNext Monday again at ten.\r\n";
const REPORT = "The report you asked for";
const REPORT_TEXT = "The figures are attached.\r\n";
const INVOICE = "Your invoice";
const INVOICE_TEXT = "Please find the invoice attached.\r\n";
const BOUNDARY = "----=_mailward_demo";

interface Attachment {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

function mail(subject: string, id: string, body: string): Buffer {
  const header =
    `From: Office <office@example.org>\r\nTo: demo@example.net\r\nSubject: ${subject}\r\n` +
    `Date: Mon, 5 Jan 2026 09:00:00 +0000\r\nMessage-ID: <${id}@example.org>\r\nMIME-Version: 1.0\r\n`;
  return Buffer.from(header + body, "latin1");
}

function text(body: string): string {
  return `Content-Type: text/plain; charset=us-ascii\r\n\r\n${body}`;
}

function withAttachment(body: string, { name, type, content }: Attachment): string {
  return (
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"\r\n\r\n--${BOUNDARY}\r\n${text(body)}` +
    `\r\n--${BOUNDARY}\r\nContent-Type: ${type}; name="${name}"\r\nContent-Transfer-Encoding: base64\r\n` +
    `Content-Disposition: attachment; filename="${name}"\r\n\r\n${base64Lines(content)}--${BOUNDARY}--\r\n`
  );
}

function base64Lines(content: Uint8Array): string {
  return Buffer.from(content)
    .toString("base64")
    .replace(/.{1,76}/g, "$&\r\n");
}

function csvAttachment(): Attachment {
  const rows = Array.from({ length: 200 }, (_, day) => `day ${day + 1};${(day * 37) % 101}`);
  return { name: "report.csv", type: "text/csv", content: Buffer.from(rows.join("\r\n"), "latin1") };
}

function zipAttachment(): Attachment {
  return { name: "invoice.zip", type: "application/zip", content: zipFile("eicar.com", eicar()) };
}

/** Assembled here and never written out: a file that holds the whole string would itself be reported. */
function eicar(): Buffer {
  const parts = ["X5O!P%@AP[4\\PZX54(P^)7CC)", "7}$EICAR-STANDARD-ANTI", "VIRUS-TEST-FILE!$H+H*"];
  return Buffer.from(parts.join(""), "latin1");
}
