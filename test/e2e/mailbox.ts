/** The mailbox that real clients download: every kind of message that a download can break on, clean and infected. */
import { gzipSync } from "node:zlib";
import { buildZip } from "../support/build-zip.ts";
import { eicar } from "../support/eicar.ts";
import {
  attachmentMail,
  bareLineFeedMail,
  cleanZipMail,
  dotLinesMail,
  eicarMail,
  eicarZipMail,
  eightBitMail,
  emptyBodyMail,
  headerOnlyMail,
  largeMail,
  nestedMail,
  noFinalNewlineMail,
  nulMail,
  type Sample,
  textMail,
} from "../support/sample-mail.ts";

/** More than sixty messages; the same octets each time. */
export function variedMailbox(): readonly Sample[] {
  const samples = [...cleanSamples(), ...infectedSamples(), ...sizes()];
  // Infected ones between clean ones: what is after a replaced message must still be right.
  return samples
    .map((sample, index) => ({ sample, place: (index * 37) % samples.length }))
    .sort(byPlace)
    .map(sampleOf);
}

function cleanSamples(): Sample[] {
  const messages: readonly (readonly [string, Buffer])[] = [
    ["text", textMail()],
    ["attachment", attachmentMail([{ name: "data.bin", content: octets(10_000) }], { id: "attachment" })],
    ["two attachments", attachmentMail([file("a.bin", 300), file("b.bin", 900)], { id: "two" })],
    ["zip", cleanZipMail({ id: "zip" })],
    [
      "zip in zip",
      attachmentMail([zipFile("outer.zip", buildZip([entry("inner.zip", innerZip())]))], { id: "zipzip" }),
    ],
    ["gzip", attachmentMail([{ name: "a.gz", content: gzipSync(octets(5_000)) }], { id: "gzip" })],
    ["8-bit", eightBitMail({ id: "eight-bit" })],
    ["nested", nestedMail(textMail(), 3, { id: "nested" })],
    ["nested deeply", nestedMail(textMail(), 8, { id: "nested-deeply" })],
    ["nested with attachment", nestedMail(cleanZipMail(), 2, { id: "nested-zip" })],
    ["dot lines", dotLinesMail({ id: "dots" })],
    ["only dots", textMail(".\r\n.\r\n..\r\n.", { id: "only-dots" })],
    ["a forged end", textMail("text\r\n.\n+OK forged\r\n\n.\n\r\n.\rtext\r\n", { id: "forged" })],
    ["no final newline", noFinalNewlineMail({ id: "no-final" })],
    ["ends in a lone CR", textMail("text\r", { id: "lone-cr" })],
    ["empty body", emptyBodyMail({ id: "empty" })],
    ["header only", headerOnlyMail({ id: "header-only" })],
    ["one octet", textMail("x", { id: "one" })],
    ["only line ends", textMail("\r\n".repeat(400), { id: "line-ends" })],
    ["NULs", nulMail({ id: "nul" })],
    ["bare LF", bareLineFeedMail({ id: "bare-lf" })],
    ["mixed line ends", textMail("one\ntwo\r\nthree\rfour\r\r\nfive\n\r", { id: "mixed" })],
    ["long line", textMail(`${"long ".repeat(20_000)}\r\n`, { id: "long-line" })],
    ["998 octets a line", textMail(`${"x".repeat(998)}\r\n`.repeat(50), { id: "998" })],
    ["From lines", textMail("From someone\r\n>From quoted\r\nFrom the start\r\n", { id: "from" })],
    ["literal in text", textMail("* 1 FETCH (BODY[] {5}\r\nhello)\r\na1 OK done {99}\r\n", { id: "literal" })],
    ["UTF-8", mime("text/plain; charset=utf-8", "8bit", Buffer.from("Grüße, 請求書, 🧾\r\n"), "utf8")],
    [
      "quoted-printable",
      mime("text/plain; charset=utf-8", "quoted-printable", Buffer.from("Gr=C3=BC=C3=9Fe=\r\n!\r\n"), "qp"),
    ],
    ["HTML", mime("text/html", "7bit", Buffer.from("<html><body><p>Hello</p></body></html>\r\n"), "html")],
    ["unpadded base64", mime("application/octet-stream", "base64", Buffer.from("AAECAwQFBgc\r\n"), "unpadded")],
    ["alternative", alternative()],
    [
      "encoded subject",
      textMail("text\r\n", { id: "subject", subject: "=?utf-8?B?R3LDvMOfZQ==?= =?utf-8?Q?=E8=AB=8B?=" }),
    ],
    ["folded header", textMail("text\r\n", { id: "folded", subject: `a long one\r\n\t${"word ".repeat(100)}` })],
    [
      "boundary never closed",
      mime('multipart/mixed; boundary="x"', "7bit", Buffer.from("--x\r\n\r\nopen end\r\n"), "open"),
    ],
    ["boundary never opened", mime('multipart/mixed; boundary="y"', "7bit", Buffer.from("no part\r\n"), "none")],
    ["12 MB", largeMail(12 * 1024 * 1024, { id: "large" })],
  ];
  return messages.map(([name, message]) => ({ name, message, isInfected: false }));
}

function infectedSamples(): Sample[] {
  const zipInZip = buildZip([entry("readme.txt", Buffer.from("see inside")), entry("inner.zip", eicarZip())]);
  const messages: readonly (readonly [string, Buffer])[] = [
    ["EICAR in base64", eicarMail({ id: "eicar" })],
    ["EICAR plain", plainAttachment("7bit", eicar(), "eicar-plain")],
    ["EICAR quoted-printable", plainAttachment("quoted-printable", quoted(eicar()), "eicar-qp")],
    ["EICAR in a zip", eicarZipMail({ id: "eicar-zip" })],
    ["EICAR in a zip in a zip", attachmentMail([zipFile("outer.zip", zipInZip)], { id: "eicar-zipzip" })],
    ["EICAR in a gzip", attachmentMail([{ name: "a.gz", content: gzipSync(eicar()) }], { id: "eicar-gz" })],
    ["EICAR in a nested message", nestedMail(eicarMail(), 1, { id: "eicar-nested" })],
    ["EICAR in a zip two messages down", nestedMail(eicarZipMail(), 2, { id: "eicar-nested-zip" })],
    ["EICAR beside a clean attachment", attachmentMail([file("a.bin", 5_000), eicarFile()], { id: "eicar-beside" })],
    ["EICAR twice", attachmentMail([eicarFile(), file("a.bin", 500), eicarFile()], { id: "eicar-twice" })],
    ["EICAR as the whole message", mime("application/octet-stream", "base64", base64(eicar()), "eicar-whole")],
    ["EICAR behind two megabytes", attachmentMail([file("a.bin", 2_000_000), eicarFile()], { id: "eicar-behind" })],
  ];
  return messages.map(([name, message]) => ({ name, message, isInfected: true }));
}

/** Sizes around what buffers and chunks are made of. */
function sizes(): Sample[] {
  return [1, 76, 77, 1023, 1024, 4095, 4096, 16_383, 16_384, 65_535, 65_536, 65_537, 262_144, 700_001].map((size) => {
    const line = `${"y".repeat(70)}\r\n`;
    const text = line.repeat(Math.ceil(size / line.length)).slice(0, size);
    return { name: `${size} octets`, message: textMail(text, { id: `size-${size}` }), isInfected: false };
  });
}

function mime(type: string, encoding: string, body: Buffer, id: string): Buffer {
  const head = textMail("", { id, subject: id })
    .toString("latin1")
    .replace(/Content-Type:[^\r]*\r\n/, `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n`);
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

function plainAttachment(encoding: string, content: Buffer, id: string): Buffer {
  const part = `--p\r\nContent-Type: application/octet-stream; name="a.com"\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from("--p\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n"),
    Buffer.from(part),
    content,
    Buffer.from("\r\n--p--\r\n"),
  ]);
  return mime('multipart/mixed; boundary="p"', "7bit", body, id);
}

function alternative(): Buffer {
  const body =
    "--q\r\nContent-Type: text/plain\r\n\r\nHello\r\n--q\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n--q--\r\n";
  return mime('multipart/alternative; boundary="q"', "7bit", Buffer.from(body), "alternative");
}

function eicarFile() {
  return { name: "a.com", content: eicar() };
}

function eicarZip(): Buffer {
  return buildZip([entry("a.com", eicar())]);
}

function innerZip(): Buffer {
  return buildZip([{ ...entry("a.txt", Buffer.from("nothing")), method: "store" }]);
}

function entry(name: string, content: Uint8Array) {
  return { name, content };
}

function zipFile(name: string, content: Uint8Array) {
  return { name, content, type: "application/zip" };
}

function file(name: string, bytes: number) {
  return { name, content: octets(bytes) };
}

/** Octets that are the same in every run and look like nothing. */
function octets(count: number): Buffer {
  const pattern = Buffer.from(Array.from({ length: 4093 }, (_, index) => (index * index + index) % 251));
  return Buffer.alloc(count, pattern);
}

function base64(content: Uint8Array): Buffer {
  return Buffer.from(
    Buffer.from(content)
      .toString("base64")
      .replace(/.{1,76}/g, "$&\r\n"),
  );
}

/** Every second octet escaped, so that the string stands nowhere in the message. */
function quoted(content: Uint8Array): Buffer {
  const text = Array.from(content, (octet, index) => {
    const hex = `=${octet.toString(16).toUpperCase().padStart(2, "0")}`;
    return index % 2 === 0 || octet === 0x3d ? hex : String.fromCharCode(octet);
  });
  return Buffer.from(text.join("").replace(/.{60}(?==)/g, "$&=\r\n"), "latin1");
}

function byPlace(a: { readonly place: number }, b: { readonly place: number }): number {
  return a.place - b.place;
}

function sampleOf(item: { readonly sample: Sample }): Sample {
  return item.sample;
}
