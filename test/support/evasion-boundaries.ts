/** Multiparts whose boundary or whose delimiters only some mail programs make out. */

/** A whole message around an entity. One character per octet. */
export interface Structure {
  readonly name: string;
  message(entity: string): string;
}

/** The fields of every message, and a part that hides nothing. */
export const TOP = "From: Sender <sender@example.org>\r\nSubject: a document\r\nMIME-Version: 1.0\r\n";
export const TEXT = "Content-Type: text/plain\r\n\r\nThe document is attached.\r\n";

export const boundaries: readonly Structure[] = [...boundaryParameters(), ...delimiterLines()];

interface Plan {
  readonly fields?: readonly string[];
  readonly type?: string;
  readonly open?: string;
  readonly between?: string;
  readonly close?: string;
}

/** A message of a text and the entity. `open` is the first delimiter, `between` the one before the entity. */
export function multipart(plan: Plan, entity: string): string {
  const { type = "multipart/mixed; boundary=foo", open = "--foo", close = "--foo--" } = plan;
  const { fields = [`Content-Type: ${type}`], between = open } = plan;
  return `${TOP}${fields.join("\r\n")}\r\n\r\n${open}\r\n${TEXT}${between}\r\n${entity}\r\n${close}\r\n`;
}

/** A name for a technique. */
export function brief(text: string): string {
  return JSON.stringify(text.length < 80 ? text : `${text.slice(0, 40)} … ${text.slice(-30)}`);
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
    "boundary*=\"us-ascii''%66oo\"",
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
    twice: { between: "--foo\r\n--foo" },
    "twice with a blank line": { between: "--foo\r\n\r\n--foo" },
    "a longer one inside": { between: "--foo\r\nContent-Type: text/plain\r\n\r\n--foobar\r\n--foo" },
    quoted: { open: '--"foo"' },
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
      message: (entity) =>
        multipart({ type: `multipart/mixed; boundary=${long}`, open: `--${long}`, close: `--${long}--` }, entity),
    },
    {
      name: "delimiter: seventy of fifteen hundred characters",
      message: (entity) =>
        multipart({ type: `multipart/mixed; boundary=${long}`, open: `--${long.slice(0, 70)}` }, entity),
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
      message: (entity) =>
        multipart({ type: "multipart/mixed; boundary=foo--", open: "--foo--", close: "--foo----" }, entity),
    },
    {
      name: "delimiter: 8-bit boundary",
      message: (entity) =>
        multipart({ type: "multipart/mixed; boundary=f\xe9o", open: "--f\xe9o", close: "--f\xe9o--" }, entity),
    },
    {
      name: "delimiter: boundary in UTF-8, declared in Latin-1",
      message: (entity) =>
        multipart(
          { type: "multipart/mixed; boundary*=iso-8859-1''f%E9o", open: "--f\xc3\xa9o", close: "--f\xc3\xa9o--" },
          entity,
        ),
    },
  ];
}
