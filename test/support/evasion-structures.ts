/** Where in a message an entity can stand so that only some mail programs find it: types, multiparts, and messages in
 *  messages. */
import { boundaries, brief, multipart, type Structure, TEXT, TOP } from "./evasion-boundaries.ts";
import { base64, quotedPrintable, uuencode } from "./evasion-encodings.ts";

export const structures: readonly Structure[] = [
  ...plainStructures(),
  ...boundaries,
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

/** A multipart of its own name around an entity, as an entity. */
function inner(name: string, entity: string, isNested = false): string {
  const text = `Content-Type: multipart/mixed; boundary=${name}\r\n\r\n--${name}\r\n${TEXT}--${name}\r\n${entity}\r\n--${name}--\r\n`;
  return isNested ? text : `${TOP}${text}`;
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
    "first of two boundaries": [
      "Content-Type: multipart/mixed; boundary=foo",
      "Content-Type: multipart/mixed; boundary=bar",
    ],
    "second of two boundaries": [
      "Content-Type: multipart/mixed; boundary=bar",
      "Content-Type: multipart/mixed; boundary=foo",
    ],
    "second of a hundred": [
      "Content-Type: multipart/mixed; boundary=foo",
      ...new Array<string>(100).fill("Content-Type: x/y"),
    ],
    "last of a hundred": [
      ...new Array<string>(100).fill("Content-Type: x/y"),
      "Content-Type: multipart/mixed; boundary=foo",
    ],
    "space before the colon": ["Content-Type : multipart/mixed; boundary=foo"],
    "folded before the colon": ["Content-Type", " : multipart/mixed; boundary=foo"],
    "folded after the colon": ["Content-Type:", " multipart/mixed; boundary=foo"],
    "folded over a line of white space": ["Content-Type: multipart/mixed;", " \t", " boundary=foo"],
    "folded without white space": ["Content-Type: multipart/mixed;", "boundary=foo"],
    "in an indented field": [" Content-Type: multipart/mixed; boundary=foo"],
    "after a bare CR": ["X-A: b\rContent-Type: multipart/mixed; boundary=foo"],
    "cut by a bare CR": ["Content-Type: multipart/mixed;\r boundary=foo"],
    "with a byte order mark": ["\xef\xbb\xbfContent-Type: multipart/mixed; boundary=foo"],
    "after a thousand fields": [
      ...new Array<string>(1_000).fill("X-A: b"),
      "Content-Type: multipart/mixed; boundary=foo",
    ],
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
    {
      name: "in the epilogue after a blank line",
      message: (entity) => `${TOP}${type}\r\n${part}--foo--\r\n\r\n${entity}`,
    },
    {
      name: "after the closing",
      message: (entity) => `${TOP}${type}\r\n${part}--foo--\r\n--foo\r\n${entity}\r\n--foo--\r\n`,
    },
    {
      name: "after two closings",
      message: (entity) => `${TOP}${type}\r\n${part}--foo--\r\n--foo--\r\n\r\n--foo\r\n${entity}\r\n--foo--\r\n`,
    },
    {
      name: "in an inner multipart of the same boundary",
      message: (entity) =>
        `${TOP}${type}\r\n${part}--foo\r\n${innerType("boundary=foo")}--foo\r\n${entity}\r\n--foo--\r\n--foo--\r\n`,
    },
    {
      name: "in an inner multipart whose boundary extends the outer one",
      message: (entity) =>
        `${TOP}${type}\r\n${part}--foo\r\n${innerType("boundary=foobar")}--foobar\r\n${entity}\r\n--foobar--\r\n--foo--\r\n`,
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
      message: (entity) =>
        `${TOP}${type}\r\n--foo\r\n${innerType("boundary=bar")}--bar\r\n${TEXT}--bar--\r\n--bar\r\n${entity}\r\n--foo--\r\n`,
    },
    {
      name: "in an inner multipart that is not closed",
      message: (entity) =>
        `${TOP}${type}\r\n--foo\r\n${innerType("boundary=bar")}--bar\r\n${entity}\r\n--foo\r\n${TEXT}--foo--\r\n`,
    },
    {
      name: "after the outer closing, in the inner multipart",
      message: (entity) =>
        `${TOP}${type}\r\n--foo\r\n${innerType("boundary=bar")}--bar\r\n${TEXT}--foo--\r\n--bar\r\n${entity}\r\n--bar--\r\n`,
    },
    {
      name: "across the delimiter of another reading",
      message: (entity) =>
        multipart(
          { type: 'multipart/mixed; boundary=foo; boundary="_!_"' },
          `${entity.slice(0, -6)}\r\n--_!_\r\n${entity.slice(-6)}`,
        ),
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
  const types = [
    "message/rfc822",
    "Message/RFC822",
    "message/global",
    "message/news",
    '"message/rfc822"',
    "message/rfc822; x=y",
    "message / rfc822",
  ];
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
  const message = (entity: string): string =>
    multipart({ type: "multipart/mixed; boundary=bar", open: "--bar", close: "--bar--" }, entity);
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
      message: (entity) =>
        multipart({}, `Content-Type: message/partial; id=x; number=1; total=1\r\n\r\n${message(entity)}`),
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
  const message = (entity: string): string =>
    multipart({ type: "multipart/mixed; boundary=bar", open: "--bar", close: "--bar--" }, entity);
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
        message: (entity: string) =>
          multipart({}, `Content-Type: message/rfc822\r\n${field}\r\n${encode(message(entity))}`),
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
      {
        name: `in a multipart in ${encoding}`,
        message: (entity: string) => multipart({}, `${multi}${encode(body(entity))}`),
      },
      {
        name: `in a message that is a multipart in ${encoding}`,
        message: (entity: string) => `${TOP}${multi}${encode(body(entity))}`,
      },
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
        message: (entity: string) =>
          multipart({}, `Content-Type: application/octet-stream\r\n${field}\r\n${encode(message(entity))}`),
      },
    ];
  });
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
