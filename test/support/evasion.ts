/** Mails that hide what they carry in one way each. Every one is built for any payload: with the EICAR test file it is
 *  hostile, with `harmlessTwin()` nothing must be found. */
import { eicar } from "./eicar.ts";

export interface Evasion {
  readonly name: string;
  build(payload: Buffer): Buffer;
}

const TYPE = 'Content-Type: application/octet-stream; name="a.com"';

/** As long as the EICAR test file, of the same kind of characters, and harmless. */
export function harmlessTwin(): Buffer {
  return Buffer.from(eicar().toString("latin1").split("").reverse().join(""), "latin1");
}

/** The parts of a two-part mail that a technique changes. */
export interface MailPlan {
  /** Lines before the Content-Type of the message. */
  readonly topFields?: readonly string[];
  readonly contentType?: string;
  readonly delimiter?: string;
  readonly closing?: string;
  /** Header lines of the part that carries the payload. */
  readonly partFields?: readonly string[];
  readonly body: string;
  readonly lineEnd?: string;
}

/** A text and an attachment. One character per octet. */
export function buildMail(plan: MailPlan): Buffer {
  const { contentType = "multipart/mixed; boundary=foo", delimiter = "--foo", closing = "--foo--" } = plan;
  const lines = [
    "From: Sender <sender@example.org>",
    "Subject: a document",
    ...(plan.topFields ?? ["MIME-Version: 1.0"]),
    ...(contentType === "" ? [] : [`Content-Type: ${contentType}`]),
    "",
    delimiter,
    "Content-Type: text/plain",
    "",
    "The document is attached.",
    delimiter,
    ...(plan.partFields ?? [TYPE, "Content-Transfer-Encoding: base64"]),
    "",
    plan.body,
    closing,
    "",
  ];
  return Buffer.from(lines.join(plan.lineEnd ?? "\r\n"), "latin1");
}

/** Every technique that hides content in the text of a mail. */
export const mimeEvasions: readonly Evasion[] = [
  ...transferEncodings(),
  ...base64Tricks(),
  ...quotedPrintableTricks(),
  ...boundaryTricks(),
  ...headerTricks(),
  ...separatorTricks(),
  ...placementTricks(),
];

function transferEncodings(): Evasion[] {
  const values = ["base64", "BASE64", '"base64"', "base64 (x)", "(x) base64", "base645", "x-base64", "base64, 7bit"];
  const words = ["=?us-ascii?Q?base=364?=", "bas\0e64", "base64\0", "\xa0base64", "base64;x=1", "7bit\r\n base64"];
  const hidden = ["7bit", "quoted-printable", "x-unknown", ""];
  return [
    ...[...values, ...words].map((value) => encoded(`declared as ${JSON.stringify(value)}`, [cte(value)])),
    ...hidden.map((value) => encoded(`base64 declared as ${JSON.stringify(value)}`, [cte(value)])),
    ...["7bit", "quoted-printable", "x-unknown"].flatMap((other) => [
      encoded(`base64 before ${other}`, [cte("base64"), cte(other)]),
      encoded(`base64 after ${other}`, [cte(other), cte("base64")]),
    ]),
    encoded("no transfer encoding", []),
    encoded("space before the colon", ["Content-Transfer-Encoding : base64"]),
    encoded("NUL before the colon", ["Content-Transfer-Encoding\0: base64"]),
    encoded("odd case", ["cOnTeNt-TrAnSfEr-EnCoDiNg: base64"]),
    encoded("after a bare CR", ["X-A: b\rContent-Transfer-Encoding: base64"]),
    encoded("on an indented line", ["X-A: b", " Content-Transfer-Encoding: base64"]),
    encoded("after a line without a colon", ["nothing of a field", cte("base64")]),
  ];
}

function base64Tricks(): Evasion[] {
  const bodies: Record<string, (text: string) => string> = {
    "plain base64": (text) => text,
    "one character a line": (text) => text.split("").join("\r\n"),
    "six characters a line": (text) => text.replace(/.{6}/g, "$&\r\n"),
    "dots between the characters": (text) => text.split("").join("."),
    "hyphens between the characters": (text) => text.split("").join("-"),
    "underscores between the characters": (text) => text.split("").join("_"),
    "spaces between the characters": (text) => text.split("").join(" "),
    "8-bit characters between the quanta": (text) => text.replace(/.{4}/g, "$&\xe9\xff"),
    "NULs between the quanta": (text) => text.replace(/.{4}/g, "$&\0"),
    "padding between the quanta": (text) => text.replace(/.{4}/g, "$&="),
    "another stream before": (text) => `AAAA\r\nQUE=\r\n${text}`,
    "excessive padding": (text) => `${text}=====`,
    "bare CRs for line ends": (text) => text.replace(/.{20}/g, "$&\r"),
    "blank lines before": (text) => `\r\n\r\n\r\n${text}`,
    "wrapped in comments": (text) => text.replace(/.{4}/g, "<!--$&-->\r\n"),
    "URL-safe digits": (text) => text.replaceAll("+", "-").replaceAll("/", "_"),
    "a long line": (text) => `${"AAAA".repeat(3000)}${text}`,
  };
  return [
    ...Object.entries(bodies).map(([name, body]) => ({
      name: `base64: ${name}`,
      build: (payload: Buffer) => buildMail({ body: body(payload.toString("base64")) }),
    })),
    {
      name: "base64: every octet a stream of its own",
      build: (payload) =>
        buildMail({ body: [...payload].map((octet) => Buffer.of(octet).toString("base64")).join("") }),
    },
  ];
}

function quotedPrintableTricks(): Evasion[] {
  const bodies: Record<string, (text: string) => string> = {
    "plain escapes": (text) => text,
    "lower case": (text) => text.toLowerCase(),
    "soft line breaks": (text) => text.replace(/(?:=..){8}/g, "$&=\r\n"),
    "white space after soft line breaks": (text) => text.replace(/(?:=..){8}/g, "$&= \t\r\n"),
    "bare CR after soft line breaks": (text) => text.replace(/(?:=..){8}/g, "$&=\r"),
    "a soft line break inside an escape": (text) => `${text.slice(0, 50)}=\r\n${text.slice(50)}`,
    "two equals signs at line ends": (text) => text.replace(/(?:=..){8}/g, "$&==\r\n"),
    "an open soft line break at the end": (text) => `${text}=`,
  };
  return [
    ...Object.entries(bodies).map(([name, body]) => quoted(name, body, "quoted-printable")),
    quoted("not declared", (text) => text, "7bit"),
    quoted("declared as base64", (text) => text, "base64"),
  ];
}

function quoted(name: string, body: (text: string) => string, encoding: string): Evasion {
  return {
    name: `quoted-printable: ${name}`,
    build: (payload) => buildMail({ partFields: [TYPE, cte(encoding)], body: body(escapes(payload)) }),
  };
}

function boundaryTricks(): Evasion[] {
  const parameters: Record<string, string> = {
    "a second one": "multipart/mixed; boundary=faa; boundary=foo",
    "a second one after": "multipart/mixed; boundary=foo; boundary=faa",
    "an escape in quotes": 'multipart/mixed; boundary="f\\oo"',
    "in pieces": "multipart/mixed; boundary*0=f; boundary*1=oo",
    "in pieces out of order": "multipart/mixed; boundary*1=oo; boundary*0=f",
    "with a charset": "multipart/mixed; boundary*=us-ascii''%66oo",
    "percent escapes in pieces": "multipart/mixed; boundary*0*=us-ascii''f; boundary*1*=%6Fo",
    "a comment after": "multipart/mixed; boundary=foo(c)",
    "white space around the equals sign": "multipart/mixed; boundary = foo",
    "folded after the equals sign": "multipart/mixed; boundary=\r\n foo",
    "an encoded word": "multipart/mixed; boundary==?us-ascii?Q?foo?=",
    "all in an encoded word": "=?us-ascii?Q?multipart/mixed=3B_boundary=3Dfoo?=",
    "an unknown type": "x-unknown/x; boundary=foo",
    "a NUL in the type": "multipar\0t/mixed; boundary=foo",
    "white space in the type": "multipart / mixed; boundary=foo",
    "text after it": "multipart/mixed; boundary=foo bar",
    "none at all": "multipart/mixed",
  };
  const delimiters: Record<string, Partial<MailPlan>> = {
    "white space after the delimiter": { delimiter: "--foo \t ", closing: "--foo-- " },
    "white space before the delimiter": { delimiter: " --foo", closing: " --foo--" },
    "more after the delimiter": { delimiter: "--fooX" },
    "no closing delimiter": { closing: "" },
    "an empty boundary": { contentType: 'multipart/mixed; boundary=""', delimiter: "--", closing: "----" },
    "a NUL in the boundary": { contentType: 'multipart/mixed; boundary="f\0oo"', delimiter: "--f\0oo" },
  };
  return [
    ...Object.entries(parameters).map(([name, contentType]) => planned(`boundary: ${name}`, { contentType })),
    ...Object.entries(delimiters).map(([name, plan]) => planned(`boundary: ${name}`, plan)),
  ];
}

function headerTricks(): Evasion[] {
  const other = "Content-Type: text/plain";
  return [
    planned("header: another Content-Type before", { topFields: ["MIME-Version: 1.0", other] }),
    planned("header: no MIME-Version", { topFields: [] }),
    planned("header: three thousand fields", {
      topFields: Array.from({ length: 3000 }, (_, index) => `X-${index}: y`),
    }),
    planned("header: sixty other Content-Types before", { topFields: new Array(60).fill(other) }),
    planned("header: LF alone", { lineEnd: "\n" }),
    planned("header: CR CR LF", { lineEnd: "\r\r\n" }),
    { name: "header: blank lines before", build: (payload) => prefixed("\r\n\r\n", payload) },
    { name: "header: a quoted From line before", build: (payload) => prefixed(">From a@b\r\n", payload) },
  ];
}

/** No blank line, or one too late: readers begin the body at the first line that is no field. */
function separatorTricks(): Evasion[] {
  const short = (payload: Buffer): string => payload.toString("base64").replace(/.{20}/g, "$&\r\n");
  const wrapped = (payload: Buffer): string => escapes(payload).replace(/(?:=..){8}/g, "$&=\r\n");
  const part = (name: string, text: (payload: Buffer) => string): Evasion => ({
    name: `separator: ${name}`,
    build: (payload) =>
      Buffer.from(
        buildMail({ partFields: [text(payload)], body: "" })
          .toString("latin1")
          .replace(/(?:\r\n)+--foo--/, "\r\n--foo--"),
        "latin1",
      ),
  });
  const top = (name: string, text: (payload: Buffer) => string): Evasion => ({
    name: `separator: ${name}`,
    build: (payload) => Buffer.from(`Subject: a document\r\nMIME-Version: 1.0\r\n${text(payload)}\r\n`, "latin1"),
  });
  const nowhere = (text: string): string => `${cte("base64")}\r\n${text}`;
  return [
    part("base64 right after the fields", (payload) => `${TYPE}\r\n${nowhere(base64(payload))}`),
    part("short base64 right after the fields", (payload) => `${TYPE}\r\n${nowhere(short(payload))}`),
    part("base64 without fields", base64),
    part("text without fields", raw),
    part("base64 after a bare CR", (payload) => `X-A: b\r${cte("base64")}\r${short(payload).replaceAll("\r\n", "\r")}`),
    part("base64 after two bare CRs", (payload) => `${cte("base64")}\r\r${short(payload)}`),
    part("base64 after a line of white space", (payload) => `${cte("base64")}\r\n \r\n${short(payload)}`),
    part("base64 before a blank line and fields", (payload) => `${nowhere(short(payload))}\r\n\r\n${TYPE}\r\n\r\nx`),
    part("quoted-printable right after the fields", (payload) => `${cte("quoted-printable")}\r\n${wrapped(payload)}`),
    part("uuencode right after the fields", (payload) => `${TYPE}\r\n${uuencode(payload)}`),
    top("base64 in the message's header", (payload) => nowhere(short(payload))),
    top("base64 in the message's header before fields", (payload) => `${nowhere(short(payload))}\r\nX-A: b\r\n\r\nx`),
    top("text in the message's header", (payload) => `x\r\n${raw(payload)}`),
    top("quoted-printable in the message's header", (payload) => `${cte("quoted-printable")}\r\n${wrapped(payload)}`),
    top("uuencode in the message's header", uuencode),
    top("parts in the message's header", (payload) =>
      ["Content-Type: multipart/mixed; boundary=b", "--b", TYPE, cte("base64"), "", short(payload), "--b--"].join(
        "\r\n",
      ),
    ),
    top("a part in a part's header", (payload) =>
      [
        "Content-Type: multipart/mixed; boundary=a",
        "",
        "--a",
        "Content-Type: multipart/mixed; boundary=b",
        "--b",
        nowhere(short(payload)),
        "--b--",
        "--a--",
      ].join("\r\n"),
    ),
    { name: "separator: no mail at all but base64", build: (payload) => Buffer.from(base64(payload)) },
    { name: "separator: no mail at all but quoted-printable", build: (payload) => Buffer.from(wrapped(payload)) },
    { name: "separator: no mail at all but uuencode", build: (payload) => Buffer.from(uuencode(payload)) },
  ];
}

function placementTricks(): Evasion[] {
  const digest = "multipart/digest; boundary=foo";
  return [
    { name: "placement: preamble", build: (payload) => placed(payload, "preamble") },
    { name: "placement: epilogue", build: (payload) => placed(payload, "epilogue") },
    { name: "placement: a part after the closing delimiter", build: (payload) => placed(payload, "late") },
    {
      name: "placement: a header field",
      build: (payload) => buildMail({ topFields: [`X-A: ${raw(payload)}`], body: "" }),
    },
    { name: "placement: no MIME at all", build: (payload) => buildMail({ contentType: "", body: base64(payload) }) },
    nested("placement: in a message", ["Content-Type: message/rfc822"], (inner) => inner.toString("latin1")),
    nested("placement: in a message of base64", ["Content-Type: message/rfc822", cte("base64")], base64),
    nested(
      "placement: in a message of quoted-printable",
      ["Content-Type: message/rfc822", cte("quoted-printable")],
      escapes,
    ),
    nested(
      "placement: in a multipart of base64",
      ["Content-Type: multipart/mixed; boundary=foo", cte("base64")],
      base64,
    ),
    nested(
      "placement: in a message of another type",
      ["Content-Type: application/x-mimearchive", cte("base64")],
      base64,
    ),
    nested("placement: in the only fragment", ['Content-Type: message/partial; id="a"; number=1; total=1'], (inner) =>
      inner.toString("latin1"),
    ),
    planned("placement: in a digest", { contentType: digest, partFields: [TYPE, cte("base64")] }),
    {
      name: "placement: uuencode",
      build: (payload) => buildMail({ partFields: [TYPE, cte("x-uue")], body: uuencode(payload) }),
    },
    {
      name: "placement: uuencode in text",
      build: (payload) => buildMail({ partFields: [], body: `Hi\r\n\r\n${uuencode(payload)}\r\nbye` }),
    },
    {
      name: "placement: a data URI",
      build: (payload) =>
        buildMail({ partFields: ["Content-Type: text/html"], body: `<a href="data:x;base64,${base64(payload)}">` }),
    },
    {
      name: "placement: UTF-16",
      build: (payload) => buildMail({ body: base64(Buffer.from(payload.toString("latin1"), "utf16le")) }),
    },
    deep("placement: thirty multiparts deep", 30),
    deep("placement: a hundred and twenty multiparts deep", 120),
  ];
}

/** Base64 in a plain mail of which some things are different. */
function planned(name: string, plan: Partial<MailPlan>): Evasion {
  return { name, build: (payload) => buildMail({ body: base64(payload), ...plan }) };
}

function encoded(name: string, fields: readonly string[]): Evasion {
  return planned(`encoding: ${name}`, { partFields: [TYPE, ...fields] });
}

function prefixed(prefix: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(prefix), buildMail({ body: base64(payload) })]);
}

function placed(payload: Buffer, where: "preamble" | "epilogue" | "late"): Buffer {
  const mail = buildMail({ body: "AAAA" }).toString("latin1");
  const text = base64(payload);
  const late = `--foo\r\n${TYPE}\r\n${cte("base64")}\r\n\r\n${text}\r\n--foo--\r\n`;
  if (where === "preamble") return Buffer.from(mail.replace("\r\n\r\n", `\r\n\r\n${text}\r\n`), "latin1");
  return Buffer.from(`${mail}${where === "late" ? late : text}`, "latin1");
}

function nested(name: string, partFields: readonly string[], body: (inner: Buffer) => string): Evasion {
  return { name, build: (payload) => buildMail({ partFields, body: body(buildMail({ body: base64(payload) })) }) };
}

function deep(name: string, depth: number): Evasion {
  const open = Array.from(
    { length: depth },
    (_, level) => `--b${level}\r\nContent-Type: multipart/mixed; boundary=b${level + 1}\r\n`,
  );
  return {
    name,
    build: (payload) =>
      Buffer.from(
        `Content-Type: multipart/mixed; boundary=b0\r\n\r\n${open.join("\r\n")}\r\n` +
          `--b${depth}\r\n${cte("base64")}\r\n\r\n${base64(payload)}\r\n--b${depth}--\r\n`,
      ),
  };
}

function cte(value: string): string {
  return `Content-Transfer-Encoding: ${value}`;
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/.{76}/g, "$&\r\n");
}

function raw(bytes: Buffer): string {
  return bytes.toString("latin1");
}

function escapes(bytes: Buffer): string {
  return [...bytes].map((octet) => `=${octet.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function uuencode(bytes: Buffer): string {
  const lines = ["begin 644 a.com"];
  for (let start = 0; start < bytes.length; start += 45) {
    const line = bytes.subarray(start, start + 45);
    const padded = Buffer.concat([line, Buffer.alloc(2)]);
    let text = String.fromCharCode(32 + line.length);
    for (let index = 0; index < line.length; index += 3) {
      const bits = padded.readUIntBE(index, 3);
      for (const shift of [18, 12, 6, 0]) text += String.fromCharCode(((bits >> shift) & 63) + 32).replace(" ", "`");
    }
    lines.push(text);
  }
  return [...lines, "`", "end"].join("\r\n");
}
