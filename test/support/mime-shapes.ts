/** Messages of every shape that IMAP servers have to number: what a section is, and what it is not, differs in each. */

export interface MimeShape {
  readonly name: string;
  /** With CRLF line ends, as an IMAP server delivers it. */
  readonly message: Buffer;
}

export function mimeShapes(): MimeShape[] {
  return Object.entries(SHAPES).map(([name, lines]) => ({ name, message: shape(lines) }));
}

/** Lines joined with CRLF; octets above 0x7f as characters up to U+00FF. */
function shape(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join("\r\n"), "latin1");
}

const TOP = [
  "From: Ann Example <ann@example.org>",
  "To: bob@example.org",
  "Subject: a shape",
  "Date: Mon, 02 Nov 2026 10:00:00 +0000",
  "Message-ID: <shape@example.org>",
  "MIME-Version: 1.0",
];

/** The header of a multipart. */
function multipart(boundary: string, subtype = "mixed", top: readonly string[] = TOP): string[] {
  return [...top, `Content-Type: multipart/${subtype}; boundary="${boundary}"`, ""];
}

const TEXT = ["Content-Type: text/plain; charset=utf-8", "", "some text", "of two lines"];
const HTML = ["Content-Type: text/html", "Content-Transfer-Encoding: quoted-printable", "", "<b>bold=21</b>=", " text"];
const DATA = [
  "Content-Type: application/octet-stream; name=data.bin",
  "Content-Transfer-Encoding: base64",
  "Content-Disposition: attachment; filename=data.bin; size=9",
  "Content-ID: <data@example.org>",
  "Content-Description: some data",
  "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==",
  "Content-Language: en, de-AT",
  "Content-Location: http://example.org/data.bin",
  "",
  "c29tZSBkYXRh",
];
const INNER = ["From: carol@example.org", "Subject: inside", "Content-Type: text/plain", "", "inner text", ""];
const INNER_MIXED = [...multipart("in", "mixed", ["Subject: inner mixed"]), "--in", ...TEXT, "--in", ...DATA, "--in--"];

const SHAPES: Readonly<Record<string, readonly string[]>> = {
  plain: [...TOP, "", "a line", "another", ""],
  "without line end": [...TOP, "", "a line", "no end"],
  "empty body": [...TOP, "", ""],
  "header without blank line": TOP,
  "header with line end, no blank line": [...TOP, ""],
  "nothing but a line end": ["", ""],
  "body without header": ["", "text without header", "x"],
  "garbage in the header": ["From a mailbox", ...TOP, "no colon here", " folded garbage", "X-After: y", "", "text"],
  "field starts with blank": [" Subject: blank", ...TOP, "", "text"],
  "blank before colon": [...TOP.slice(0, 2), "Subject : spaced", "X-Tab\t:tab", "Empty:", "Blank: ", "", "text"],
  "folded fields": [
    "Subject: a long",
    "\tsubject in",
    "  three lines",
    "To: a@example.org,",
    " b@example.org",
    "Message-ID:",
    " <folded@example.org>",
    "In-Reply-To: <a@example.org>",
    " <b@example.org>",
    "Date: Mon, 02 Nov 2026",
    " 10:00:00 +0000",
    "",
    "text",
  ],
  "repeated fields": [
    ...TOP,
    "Subject: second",
    "From: second@example.org",
    "To: third@example.org",
    "Received: one",
    "Received: two",
    " more of two",
    "Received: three",
    "",
    "text",
  ],
  "8-bit fields": ["From: J\xf6rg <joerg@example.org>", "Subject: gr\xfc\xdfe", "X-8: \xff\xfe", "", "8-bit \xe4 text"],
  "quotes and escapes": [
    'From: "A \\"quoted\\" name" <a@example.org>',
    'Subject: with "quotes" and \\ backslash',
    'To: "many \\"\\" \\"\\" \\"\\"" <b@example.org>, c@example.org (a (nested) comment)',
    'Message-ID: <many""""quotes@example.org>',
    "",
    "text",
  ],
  addresses: [
    "From: <only@example.org>",
    "Sender: Just A Name",
    "Reply-To: undisclosed-recipients:;",
    "To: A Group: a@example.org, B <b@example.org>; after@example.org",
    "Cc: broken <broken, good@example.org, @nothing, word",
    "Bcc: <@route.example.org,@two.example.org:user@example.org>, a.b.c@[192.0.2.1], user . name @ example . org",
    "",
    "text",
  ],
  "more addresses": [
    "From: ann@example.org, (comment) bob@example.org",
    'To: "quoted only", "local part"@example.org, x@, y <z>, <>',
    "Cc: a@example.org;b@example.org",
    "Bcc: .dot.@example.org, two..dots@example.org, A. Middle <a@example.org>",
    "Reply-To: =?utf-8?q?enc?= <e@example.org>",
    "",
    "text",
  ],
  "empty addresses": ["From:", "To: ", "Cc: ,", "Reply-To: ()", "Sender: <>", "", "text"],
  "content type alone": ["Content-Type: text/html", "", "<p>no MIME-Version</p>"],
  "encoding without type": ["Content-Transfer-Encoding: base64", "", "c29tZSBkYXRh"],
  "encoding with MIME-Version": ["MIME-Version: 1.0", "Content-Transfer-Encoding: base64", "", "c29tZSBkYXRh"],
  "broken content type": [...TOP, "Content-Type: text", "", "text"],
  "no content type": [...TOP, "Content-Type: ;x=y", "", "text"],
  "content type with garbage": [...TOP, "Content-Type: text/plain charset=utf-8", "", "text"],
  "content type comment": [...TOP, "Content-Type: text/plain (plain); (x) charset=(y)utf-8 (z)", "", "text"],
  "two content types": [...TOP, "Content-Type: text/html; a=1", "Content-Type: text/plain; b=2", "", "text"],
  "quoted parameters": [
    ...TOP,
    'Content-Type: application/x-test; name="a \\"b\\" c"; other=plain; empty=""; folded="one',
    ' two"; flag; =none; utf==?utf-8?q?x?=',
    'Content-Disposition: attachment; filename="b\xe4ll.txt"',
    "",
    "text",
  ],
  "RFC 2231": [
    ...TOP,
    "Content-Type: application/x-test; name*0=first; name*1=second; name*2*=%20third",
    "Content-Disposition: attachment; filename*=utf-8''b%C3%A4ll.txt; gap*0=a; gap*2=c; size=1",
    "",
    "text",
  ],
  "disposition only": [...TOP, "Content-Type: image/png", "Content-Disposition: inline", "", "x"],
  languages: [...TOP, "Content-Type: text/plain", "Content-Language: en", "Content-Location: a", " b", "", "x"],
  "unknown encoding": [
    ...TOP,
    "Content-Type: application/x",
    "Content-Transfer-Encoding: x-uuencode",
    "",
    "begin 644 a",
  ],
  "odd encoding": [...TOP, "Content-Type: text/plain", "Content-Transfer-Encoding: base64 x", "", "YQ=="],
  "encoding in capitals": [...TOP, "Content-Type: text/plain", "Content-Transfer-Encoding: BASE64", "", "YQ==", ""],
  "quoted-printable top": [
    ...TOP,
    "Content-Type: text/plain",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "a=20b=",
    "c =3D d",
    "",
  ],
  mixed: [...multipart("b"), "preamble", "--b", ...TEXT, "--b", ...HTML, "--b", ...DATA, "--b--", "epilogue", ""],
  "no preamble, no epilogue": [...multipart("b"), "--b", ...TEXT, "--b--"],
  "never closed": [...multipart("b"), "--b", ...TEXT, "--b", ...DATA, ""],
  "no parts": [...multipart("b"), "only a preamble", ""],
  "closed at once": [...multipart("b"), "--b--", "epilogue"],
  "no boundary": [...TOP, "Content-Type: multipart/mixed", "", "--b", ...TEXT, "--b--", ""],
  "empty parts": [...multipart("b"), "--b", "--b", "", "--b", "", "", "--b--", ""],
  "part ends at the end": [...multipart("b"), "--b", ...TEXT, "--b", ""],
  "part without blank line": [...multipart("b"), "--b", "Content-Type: text/html", "--b", "no colon", "--b--", ""],
  "delimiter without line end": [...multipart("b"), "--b", ...TEXT, "--b"],
  "blanks after delimiters": [...multipart("b"), "--b ", ...TEXT, "--b\t", ...HTML, "--b-- ", "epilogue"],
  "longer lines than delimiters": [
    ...multipart("b"),
    "--b",
    ...TEXT,
    "--bc",
    ...HTML,
    "--b--x",
    "epilogue",
    "--b",
    "y",
  ],
  "indented delimiters": [...multipart("b"), "--b", ...TEXT, " --b", ...HTML, "--b--", ""],
  nested: [
    ...multipart("out"),
    "--out",
    ...multipart("in", "alternative", []),
    "inner preamble",
    "--in",
    ...TEXT,
    "--in",
    ...HTML,
    "--in--",
    "inner epilogue",
    "--out",
    ...DATA,
    "--out--",
    "",
  ],
  "inner never closed": [
    ...multipart("out"),
    "--out",
    ...multipart("in", "alternative", []),
    "--in",
    ...TEXT,
    "--in",
    ...HTML,
    "--out",
    ...DATA,
    "--out--",
    "",
  ],
  "same boundary inside": [
    ...multipart("b"),
    "--b",
    ...multipart("b", "alternative", []),
    "--b",
    ...TEXT,
    "--b--",
    "--b",
    ...DATA,
    "--b--",
    "",
  ],
  "boundary is a prefix": [
    ...multipart("b"),
    "--b",
    ...multipart("bb", "alternative", []),
    "--bb",
    ...TEXT,
    "--bb--",
    "--b",
    ...DATA,
    "--b--",
    "",
  ],
  "outer boundary in an inner header": [
    ...multipart("out"),
    "--out",
    ...multipart("in", "mixed", []),
    "--in",
    "Content-Type: text/html",
    "--out",
    ...TEXT,
    "--out--",
    "",
  ],
  "boundary with hyphens": [...multipart("--b--"), "----b--", ...TEXT, "----b----", "end"],
  message: [...multipart("b"), "--b", ...TEXT, "--b", "Content-Type: message/rfc822", "", ...INNER, "--b--", ""],
  "message with parts": [
    ...multipart("b"),
    "--b",
    ...TEXT,
    "--b",
    "Content-Type: message/rfc822",
    "Content-Disposition: attachment",
    "",
    ...INNER_MIXED,
    "--b--",
    "",
  ],
  "message in a message": [
    ...multipart("b"),
    "--b",
    "Content-Type: message/rfc822",
    "",
    "Subject: first inside",
    "Content-Type: message/rfc822",
    "",
    ...INNER,
    "--b--",
    "",
  ],
  "message alone": [...TOP, "Content-Type: message/rfc822", "", ...INNER],
  "message with parts alone": [...TOP, "Content-Type: message/rfc822", "", ...INNER_MIXED, ""],
  "empty message": [...multipart("b"), "--b", "Content-Type: message/rfc822", "", "--b--", ""],
  "message without blank line": [...multipart("b"), "--b", "Content-Type: message/rfc822", "--b", ...TEXT, "--b--", ""],
  "message in base64": [
    ...multipart("b"),
    "--b",
    "Content-Type: message/rfc822",
    "Content-Transfer-Encoding: base64",
    "",
    Buffer.from(INNER.join("\r\n")).toString("base64"),
    "--b--",
    "",
  ],
  "message of another kind": [...multipart("b"), "--b", "Content-Type: message/global", "", ...INNER, "--b--", ""],
  "delivery report": [
    ...multipart("b", "report"),
    "--b",
    ...TEXT,
    "--b",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; example.org",
    "",
    "Final-Recipient: rfc822; a@example.org",
    "--b",
    "Content-Type: text/rfc822-headers",
    "",
    "Subject: returned",
    "--b--",
    "",
  ],
  digest: [...multipart("b", "digest"), "--b", "", ...INNER, "--b", ...TEXT, "--b", "", ...INNER, "--b--", ""],
  "digest without empty lines": [...multipart("b", "digest"), "--b", "Subject: x", "--b--", ""],
  "deeply nested": deeplyNested(20),
};

function deeplyNested(levels: number): string[] {
  const opening: string[] = [];
  const closing: string[] = [];
  for (let level = 0; level < levels; level += 1) {
    opening.push(...multipart(`level${level}x`, "mixed", []), `--level${level}x`);
    closing.unshift(`--level${level}x--`);
  }
  return [...opening, ...TEXT, ...closing];
}
