/** Where in a message an entity can stand so that only some mail programs find it: boundaries, delimiters, types, and
 *  messages in messages. */
import { base64, quotedPrintable, uuencode } from "./evasion-encodings.ts";

/** A whole message around an entity. One character per octet. */
export interface Structure {
  readonly name: string;
  message(entity: string): string;
}

const TOP = "From: Sender <sender@example.org>\r\nSubject: a document\r\nMIME-Version: 1.0\r\n";
const TEXT = "Content-Type: text/plain\r\n\r\nThe document is attached.\r\n";

export const structures: readonly Structure[] = [
  ...plainStructures(),
  ...boundaryParameters(),
  ...delimiterLines(),
  ...typeFields(),
  ...multipartShapes(),
  ...messagesInMessages(),
  ...encodedStructures(),
];

function plainStructures(): Structure[] {
  return [
    { name: "the message itself", message: (entity) => `${TOP}${entity}` },
    { name: "a message without other fields", message: (entity) => entity },
    { name: "a part", message: (entity) => multipart({}, entity) },
    { name: "a part of a part of a part", message: (entity) => inner("a", inner("b", inner("c", entity), true)) },
  ];
}

interface Plan {
  readonly fields?: readonly string[];
  readonly type?: string;
  readonly open?: string;
  readonly between?: string;
  readonly close?: string;
}

/** A text and the entity. `open` is the first delimiter, `between` the one before the entity. */
function multipart(plan: Plan, entity: string): string {
  const { type = "multipart/mixed; boundary=foo", open = "--foo", close = "--foo--" } = plan;
  const { fields = [`Content-Type: ${type}`], between = open } = plan;
  return `${TOP}${fields.join("\r\n")}\r\n\r\n${open}\r\n${TEXT}${between}\r\n${entity}\r\n${close}\r\n`;
}

/** A multipart of its own name around an entity, as an entity. */
function inner(name: string, entity: string, isNested = false): string {
  const text = `Content-Type: multipart/mixed; boundary=${name}\r\n\r\n--${name}\r\n${TEXT}--${name}\r\n${entity}\r\n--${name}--\r\n`;
  return isNested ? text : `${TOP}${text}`;
}

function boundaryParameters(): Structure[] {
  const parameters = [
    "boundary=foo",
    'boundary="foo',
    'boundary=foo"',
    'boundary="foo"bar',
    'boundary=bar"foo"',
    'boundary="foo""bar"',
    'boundary="fo""o"',
    'boundary="f"oo',
    'boundary=f"oo"',
    "boundary='foo'",
    "boundary=<foo>",
    'boundary="\\f\\o\\o"',
    "boundary=f\\oo",
    'boundary="foo\\',
    "boundary=foo,",
    "boundary=foo, x=y",
    "boundary=foo x=y",
    "boundary=foo:",
    "boundary=foo(c)",
    "boundary=(c)foo",
    "boundary(c)=foo",
    "(c)boundary=foo",
    'boundary="(c)foo"',
    "boundary=f(c)oo",
    "boundary=foo (",
    "boundary = foo",
    "boundary\t=\tfoo",
    "\x0bboundary\x0c=\x0bfoo",
    "boundary\0=foo",
    "boundary=\0foo",
    "boundary=foo\0",
    "boundary=foo\0bar",
    "boun\0dary=foo",
    "\r\n boundary=foo",
    "\r\n\tboundary=\r\n\tfoo",
    "boundary\r\n =foo",
    "boundary=f\r\n oo",
    'boundary="f\r\n oo"',
    'boundary="f\r\n\too"',
    "boundary=foo\r\n bar",
    "BOUNDARY=foo",
    "boundary=FOO",
    '"boundary"=foo',
    "x-boundary=foo",
    "boundary:foo",
    "boundary foo",
    "boundary==foo",
    "boundary=;boundary=foo",
    'boundary=""; boundary=foo',
    "boundary; boundary=foo",
    "boundary=bar; boundary=foo",
    "boundary=foo; boundary=bar",
    "boundary=bar; BOUNDARY=foo",
    "boundary=bar;;; boundary=foo",
    'x="; boundary=foo"',
    'x="; boundary=bar"; boundary=foo',
    'x="\\"; boundary=foo',
    "x=(; boundary=foo",
    "x=(; boundary=bar); boundary=foo",
    "boundary*=foo",
    "boundary*=''foo",
    "boundary*=us-ascii'en'foo",
    "boundary*=us-ascii''%66%6F%6f",
    "boundary*=utf-16le''f%00o%00o%00",
    "boundary*=ibm037''%86%96%96",
    'boundary*="us-ascii\'\'%66oo"',
    "boundary*=%66oo",
    "boundary=%66oo",
    "boundary*0=foo",
    "boundary*0*=''f; boundary*1=o; boundary*2*=%6f",
    "boundary*1=oo; boundary*0=f",
    "boundary*0=f; boundary*2=bar; boundary*1=oo",
    "boundary*1=f; boundary*2=oo",
    "boundary*00=f; boundary*01=oo",
    "boundary*0=f; boundary*01=oo",
    "boundary*0=f; boundary*1=oo; boundary*3=bar",
    "boundary*0=foo; boundary*0=bar",
    "boundary*0=bar; boundary*0=foo",
    "boundary*0=f; boundary*1=aa; boundary*1=oo",
    "boundary=bar; boundary*=''foo",
    "boundary*=''bar; boundary=foo",
    "boundary=bar; boundary*0=foo",
    "boundary*0=bar; boundary=foo",
    "boundary=f; boundary*1=oo",
    "boundary*=''bar; boundary*0=foo",
    "boundary==?us-ascii?Q?foo?=",
    'boundary="=?us-ascii?Q?foo?="',
    "boundary==?us-ascii?B?Zm9v?=",
    "boundary==?utf-16be?B?AGYAbwBv?=",
    "=?us-ascii?Q?boundary=3Dfoo?=",
    "boundary=f=6Fo",
    "boundary=&#102;oo",
    "charset=utf-8; boundary=foo; x=y",
    `${Array.from({ length: 300 }, (_, index) => `x${index}=y; `).join("")}boundary=foo`,
    `x="${"y".repeat(5_000)}"; boundary=foo`,
    `${Array.from({ length: 40 }, (_, index) => `boundary=b${index}; `).join("")}boundary=foo`,
    `boundary=foo${Array.from({ length: 40 }, (_, index) => `; boundary=b${index}`).join("")}`,
    `${Array.from({ length: 200 }, (_, index) => `boundary*${index}=${"foo"[index] ?? '""'}; `).join("")}`,
  ];
  return parameters.map((parameter) => ({
    name: `boundary ${brief(parameter)}`,
    message: (entity) => multipart({ type: `multipart/mixed; ${parameter}` }, entity),
  }));
}

function delimiterLines(): Structure[] {
  const plans: Record<string, Plan> = {
    "white space after": { open: "--foo \t", close: "--foo-- " },
    "vertical tabs after": { open: "--foo\x0b\x0c", close: "--foo--\x0b" },
    "white space before": { open: " --foo", close: "\t--foo--" },
    "a NUL before": { open: "\0--foo", close: "\0--foo--" },
    "a NUL after": { open: "--foo\0", close: "--foo--\0" },
    "a NUL inside": { open: "--f\0oo" },
    "a NUL between the hyphens": { open: "-\0-foo" },
    "a suffix": { open: "--fooX" },
    "a long suffix": { open: `--foo${"X".repeat(100)}` },
    "a field right after": { between: "--foo X-A: b" },
    "other letter case": { open: "--FOO", close: "--Foo--" },
    "a third hyphen": { open: "---foo" },
    "one hyphen": { open: "-foo" },
    "a bare CR before": { between: "\r--foo" },
    "a bare CR before, text before that": { between: "text\r--foo" },
    "a bare CR after": { between: "--foo\rX-A: b" },
    "two CRs after": { open: "--foo\r", close: "--foo--\r" },
    "text and an LF before": { between: "text\n--foo" },
    "not at the start of a line": { between: "text --foo" },
    "a form feed before": { between: "\x0c--foo" },
    "no closing": { close: "" },
    "half a closing": { close: "--foo-" },
    "a closing with a suffix": { close: "--foo--X" },
    "a closing before the part": { between: "--foo--\r\n--foo" },
    "a closing with white space before the part": { between: "--foo-- \r\n--foo" },
    "a closing with a suffix before the part": { between: "--foo--X\r\n--foo" },
    "a closing instead of an opening": { between: "--foo--" },
    "a closing first": { open: "--foo--", between: "--foo" },
    "closings alone": { open: "--foo--" },
    "a suffix before the part and none at the first": { between: "--fooX" },
    "white space before the part and none at the first": { between: " --foo" },
    "a suffix, then white space inside it": { between: " --foo", close: "--fooX\r\n--foo--" },
    "twice": { between: "--foo\r\n--foo" },
    "twice with a blank line": { between: "--foo\r\n\r\n--foo" },
    "a longer one inside": { between: "--foo\r\nContent-Type: text/plain\r\n\r\n--foobar\r\n--foo" },
    "quoted": { open: '--"foo"' },
    "an 8-bit character after": { open: "--foo\xa0" },
  };
  const long = "x".repeat(1_500);
  return [
    ...Object.entries(plans).map(([name, plan]) => ({
      name: `delimiter: ${name}`,
      message: (entity: string) => multipart(plan, entity),
    })),
    {
      name: "delimiter: fifteen hundred characters",
      message: (entity) => multipart({ type: `multipart/mixed; boundary=${long}`, open: `--${long}`, close: `--${long}--` }, entity),
    },
    {
      name: "delimiter: seventy of fifteen hundred characters",
      message: (entity) => multipart({ type: `multipart/mixed; boundary=${long}`, open: `--${long.slice(0, 70)}` }, entity),
    },
    {
      name: "delimiter: empty boundary",
      message: (entity) => multipart({ type: 'multipart/mixed; boundary=""', open: "--", close: "----" }, entity),
    },
    {
      name: "delimiter: boundary of white space",
      message: (entity) => multipart({ type: 'multipart/mixed; boundary=" "', open: "-- ", close: "-- --" }, entity),
    },
    {
      name: "delimiter: boundary that ends with white space",
      message: (entity) => multipart({ type: 'multipart/mixed; boundary="foo "' }, entity),
    },
    {
      name: "delimiter: boundary that begins with white space",
      message: (entity) => multipart({ type: 'multipart/mixed; boundary=" foo"' }, entity),
    },
    {
      name: "delimiter: boundary that begins with hyphens",
      message: (entity) => multipart({ type: "multipart/mixed; boundary=--foo" }, entity),
    },
    {
      name: "delimiter: boundary that ends with hyphens",
      message: (entity) => multipart({ type: "multipart/mixed; boundary=foo--", open: "--foo--", close: "--foo----" }, entity),
    },
    {
      name: "delimiter: 8-bit boundary",
      message: (entity) => multipart({ type: "multipart/mixed; boundary=f\xe9o", open: "--f\xe9o", close: "--f\xe9o--" }, entity),
    },
    {
      name: "delimiter: boundary in UTF-8, declared in Latin-1",
      message: (entity) =>
        multipart({ type: "multipart/mixed; boundary*=iso-8859-1''f%E9o", open: "--f\xc3\xa9o", close: "--f\xc3\xa9o--" }, entity),
    },
  ];
}

function typeFields(): Structure[] {
  const types = [
    "multipart/mixed\0; boundary=foo",
    "multipart\0/mixed; boundary=foo",
    "Multipart/Mixed; boundary=foo",
    "multipart; boundary=foo",
    "multipart/; boundary=foo",
    "/mixed; boundary=foo",
    "mixed; boundary=foo",
    "multipart/mixed/x; boundary=foo",
    '"multipart/mixed"; boundary=foo',
    "multipart/mixed boundary=foo",
    "multipart/mixed, boundary=foo",
    "multipart/mixed(c); boundary=foo",
    "(c)multipart/mixed; boundary=foo",
    "multi(c)part/mixed; boundary=foo",
    "multipart/(c)mixed; boundary=foo",
    "multipart/mixed (; boundary=foo",
    ";boundary=foo",
    "; multipart/mixed; boundary=foo",
    "boundary=foo",
    "text/plain; boundary=foo",
    "text/plain, multipart/mixed; boundary=foo",
    "multipart/mixed; text/plain; boundary=foo",
    "message/rfc822; boundary=foo",
    "application/octet-stream; boundary=foo",
    "x/y; boundary=foo",
    "multipart/mixed",
    "multipart/mixed;",
    "multipart/alternative; boundary=foo",
    "multipart/parallel; boundary=foo",
    "multipart/x-unknown; boundary=foo",
    "multipart/signed; boundary=foo",
    "multipart/report; boundary=foo",
    "multipart/related; boundary=foo",
    "multipart/form-data; boundary=foo",
    "multipart/appledouble; boundary=foo",
    "=?us-ascii?Q?multipart/mixed?=; boundary=foo",
    "=?us-ascii?B?bXVsdGlwYXJ0L21peGVkOyBib3VuZGFyeT1mb28=?=",
  ];
  const fields: Record<string, readonly string[]> = {
    "after another type": ["Content-Type: text/plain", "Content-Type: multipart/mixed; boundary=foo"],
    "before another type": ["Content-Type: multipart/mixed; boundary=foo", "Content-Type: text/plain"],
    "first of two boundaries": ["Content-Type: multipart/mixed; boundary=foo", "Content-Type: multipart/mixed; boundary=bar"],
    "second of two boundaries": ["Content-Type: multipart/mixed; boundary=bar", "Content-Type: multipart/mixed; boundary=foo"],
    "second of a hundred": ["Content-Type: multipart/mixed; boundary=foo", ...new Array<string>(100).fill("Content-Type: x/y")],
    "last of a hundred": [...new Array<string>(100).fill("Content-Type: x/y"), "Content-Type: multipart/mixed; boundary=foo"],
    "space before the colon": ["Content-Type : multipart/mixed; boundary=foo"],
    "folded before the colon": ["Content-Type", " : multipart/mixed; boundary=foo"],
    "folded after the colon": ["Content-Type:", " multipart/mixed; boundary=foo"],
    "folded over a line of white space": ["Content-Type: multipart/mixed;", " \t", " boundary=foo"],
    "folded without white space": ["Content-Type: multipart/mixed;", "boundary=foo"],
    "in an indented field": [" Content-Type: multipart/mixed; boundary=foo"],
    "after a bare CR": ["X-A: b\rContent-Type: multipart/mixed; boundary=foo"],
    "cut by a bare CR": ["Content-Type: multipart/mixed;\r boundary=foo"],
    "with a byte order mark": ["\xef\xbb\xbfContent-Type: multipart/mixed; boundary=foo"],
    "after a thousand fields": [...new Array<string>(1_000).fill("X-A: b"), "Content-Type: multipart/mixed; boundary=foo"],
    "no field at all": [],
    "in the second header": ["", "Content-Type: multipart/mixed; boundary=foo"],
  };
  return [
    ...types.map((type) => ({ name: `type ${brief(type)}`, message: (entity: string) => multipart({ type }, entity) })),
    ...Object.entries(fields).map(([name, lines]) => ({
      name: `type ${name}`,
      message: (entity: string) => multipart({ fields: lines }, entity),
    })),
  ];
}

function multipartShapes(): Structure[] {
  const type = "Content-Type: multipart/mixed; boundary=foo\r\n";
  const part = `--foo\r\n${TEXT}`;
  const innerType = (parameter: string): string => `Content-Type: multipart/mixed; ${parameter}\r\n\r\n`;
  return [
    { name: "in the preamble", message: (entity) => `${TOP}${type}\r\n${entity}\r\n${part}--foo--\r\n` },
    { name: "in the epilogue", message: (entity) => `${TOP}${type}\r\n${part}--foo--\r\n${entity}` },
    { name: "in the epilogue after a blank line", message: (entity) => `${TOP}${type}\r\n${part}--foo--\r\n\r\n${entity}` },
    { name: "after the closing", message: (entity) => `${TOP}${type}\r\n${part}--foo--\r\n--foo\r\n${entity}\r\n--foo--\r\n` },
    {
      name: "after two closings",
      message: (entity) => `${TOP}${type}\r\n${part}--foo--\r\n--foo--\r\n\r\n--foo\r\n${entity}\r\n--foo--\r\n`,
    },
    {
      name: "in an inner multipart of the same boundary",
      message: (entity) => `${TOP}${type}\r\n${part}--foo\r\n${innerType("boundary=foo")}--foo\r\n${entity}\r\n--foo--\r\n--foo--\r\n`,
    },
    {
      name: "in an inner multipart whose boundary extends the outer one",
      message: (entity) => `${TOP}${type}\r\n${part}--foo\r\n${innerType("boundary=foobar")}--foobar\r\n${entity}\r\n--foobar--\r\n--foo--\r\n`,
    },
    {
      name: "in an inner multipart whose boundary the outer one extends",
      message: (entity) =>
        `${TOP}Content-Type: multipart/mixed; boundary=foobar\r\n\r\n--foobar\r\n${innerType("boundary=foo")}--foo\r\n${entity}\r\n--foo--\r\n--foobar--\r\n`,
    },
    {
      name: "in an inner multipart without a boundary",
      message: (entity) => `${TOP}${type}\r\n${part}--foo\r\n${innerType("x=y")}--foo\r\n${entity}\r\n--foo--\r\n`,
    },
    {
      name: "in an inner multipart that its closing does not end",
      message: (entity) => `${TOP}${type}\r\n--foo\r\n${innerType("boundary=bar")}--bar\r\n${TEXT}--bar--\r\n--bar\r\n${entity}\r\n--foo--\r\n`,
    },
    {
      name: "in an inner multipart that is not closed",
      message: (entity) => `${TOP}${type}\r\n--foo\r\n${innerType("boundary=bar")}--bar\r\n${entity}\r\n--foo\r\n${TEXT}--foo--\r\n`,
    },
    {
      name: "after the outer closing, in the inner multipart",
      message: (entity) => `${TOP}${type}\r\n--foo\r\n${innerType("boundary=bar")}--bar\r\n${TEXT}--foo--\r\n--bar\r\n${entity}\r\n--bar--\r\n`,
    },
    {
      name: "across the delimiter of another reading",
      message: (entity) => multipart({ type: 'multipart/mixed; boundary=foo; boundary="_!_"' }, `${entity.slice(0, -6)}\r\n--_!_\r\n${entity.slice(-6)}`),
    },
    {
      name: "beside a preamble that looks like delimiters",
      message: (entity) =>
        `${TOP}Content-Type: multipart/mixed\r\n\r\n-----Original Message-----\r\n--\r\n--foo\r\n${TEXT}--foo\r\n${entity}\r\n--foo--\r\n`,
    },
    {
      name: "in a digest",
      message: (entity) => multipart({ type: "multipart/digest; boundary=foo" }, entity),
    },
    {
      name: "in a digest, behind a blank line",
      message: (entity) => multipart({ type: "multipart/digest; boundary=foo" }, `\r\n${TOP}${entity}`),
    },
    { name: "fifty parts deep", message: (entity) => deep(50, entity) },
  ];
}

function deep(depth: number, entity: string): string {
  let text = entity;
  for (let level = depth; level > 0; level -= 1) text = inner(`level-${level}-`, text, true);
  return TOP + text;
}

function messagesInMessages(): Structure[] {
  const types = ["message/rfc822", "Message/RFC822", "message/global", "message/news", '"message/rfc822"', "message/rfc822; x=y", "message / rfc822"];
  const openings: Record<string, string> = {
    "a blank line before it": "\r\n",
    "an mbox line before it": "From sender@example.org Thu Jan  1 10:00:00 2026\r\n",
    "a quoted mbox line before it": ">From sender@example.org Thu Jan  1 10:00:00 2026\r\n",
    "an indented line before it": " indented\r\n",
    "a byte order mark before it": "\xef\xbb\xbf",
    "text before it": "This is a copy.\r\n",
    "text and a blank line before it": "This is a copy.\r\n\r\n",
    "white space before it": " \r\n",
    "NULs before it": "\0\0\0",
  };
  const message = (entity: string): string => multipart({ type: "multipart/mixed; boundary=bar", open: "--bar", close: "--bar--" }, entity);
  return [
    ...types.map((type) => ({
      name: `in a message as ${type}`,
      message: (entity: string) => multipart({}, `Content-Type: ${type}\r\n\r\n${message(entity)}`),
    })),
    ...Object.entries(openings).flatMap(([name, opening]) => [
      {
        name: `in a message with ${name}`,
        message: (entity: string) => multipart({}, `Content-Type: message/rfc822\r\n\r\n${opening}${message(entity)}`),
      },
      { name: `${name}`, message: (entity: string) => `${opening}${message(entity)}` },
    ]),
    {
      name: "in a message that is the message's body",
      message: (entity) => `${TOP}Content-Type: message/rfc822\r\n\r\n${message(entity)}`,
    },
    {
      name: "in a message of the same boundary",
      message: (entity) => multipart({}, `Content-Type: message/rfc822\r\n\r\n${multipart({}, entity)}`),
    },
    {
      name: "in a message of type text",
      message: (entity) => multipart({}, `Content-Type: text/plain\r\n\r\n${message(entity)}`),
    },
    {
      name: "in the only fragment",
      message: (entity) => multipart({}, `Content-Type: message/partial; id=x; number=1; total=1\r\n\r\n${message(entity)}`),
    },
    {
      name: "eight messages deep",
      message: (entity) => {
        let text = message(entity);
        for (let level = 0; level < 8; level += 1) text = `${TOP}Content-Type: message/rfc822\r\n\r\n${text}`;
        return text;
      },
    },
  ];
}

function encodedStructures(): Structure[] {
  const message = (entity: string): string => multipart({ type: "multipart/mixed; boundary=bar", open: "--bar", close: "--bar--" }, entity);
  const body = (entity: string): string => `--bar\r\n${TEXT}--bar\r\n${entity}\r\n--bar--\r\n`;
  const encodings: Record<string, (text: string) => string> = {
    base64: (text) => base64(latin1(text)),
    "quoted-printable": (text) => quotedPrintable(latin1(text)),
    "x-uuencode": (text) => uuencode(latin1(text)),
  };
  return Object.entries(encodings).flatMap(([encoding, encode]) => {
    const field = `Content-Transfer-Encoding: ${encoding}\r\n`;
    const multi = `Content-Type: multipart/mixed; boundary=bar\r\n${field}\r\n`;
    return [
      {
        name: `in a message in ${encoding}`,
        message: (entity: string) => multipart({}, `Content-Type: message/rfc822\r\n${field}\r\n${encode(message(entity))}`),
      },
      {
        name: `in a message without known fields in ${encoding}`,
        message: (entity: string) =>
          multipart({}, `Content-Type: message/rfc822\r\n${field}\r\n${encode(`X-A: b\r\n\r\n${entity}`)}`),
      },
      {
        name: `in a message after a stray line in ${encoding}`,
        message: (entity: string) =>
          multipart({}, `Content-Type: message/rfc822\r\n${field}\r\n${encode(`stray line\r\n${message(entity)}`)}`),
      },
      { name: `in a multipart in ${encoding}`, message: (entity: string) => multipart({}, `${multi}${encode(body(entity))}`) },
      { name: `in a message that is a multipart in ${encoding}`, message: (entity: string) => `${TOP}${multi}${encode(body(entity))}` },
      {
        name: `in a multipart said to be in ${encoding}`,
        message: (entity: string) => `${TOP}${multi}${body(entity)}`,
      },
      {
        name: `in a message said to be in ${encoding}`,
        message: (entity: string) => multipart({}, `Content-Type: message/rfc822\r\n${field}\r\n${message(entity)}`),
      },
      {
        name: `in a message in ${encoding}, said to be of another type`,
        message: (entity: string) => multipart({}, `Content-Type: application/octet-stream\r\n${field}\r\n${encode(message(entity))}`),
      },
    ];
  });
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function brief(text: string): string {
  return JSON.stringify(text.length < 80 ? text : `${text.slice(0, 40)} … ${text.slice(-30)}`);
}
