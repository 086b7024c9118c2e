/** Messages of every shape with infected parts, made from a few numbers: what a replacement must keep is compared in all
 *  of them. */
import fc from "fast-check";
import { eicar } from "./eicar.ts";

/** A leaf, a multipart or an attached message. */
export type Plan =
  | { readonly type: "leaf"; readonly leaf: LeafPlan }
  | { readonly type: "multipart"; readonly children: readonly Plan[]; readonly subtype: string }
  | { readonly type: "message"; readonly inner: Plan; readonly subject: string };

export interface LeafPlan {
  readonly isInfected: boolean;
  readonly encoding: "base64" | "quoted-printable" | "7bit" | "8bit" | "binary" | "x-uuencode" | "none";
  /** Fields of the part besides its encoding. */
  readonly fields: readonly string[];
  /** Octets around the payload. */
  readonly paddingBytes: number;
  readonly lineBytes: number;
  readonly isEndOpen: boolean;
}

export const leafPlan: fc.Arbitrary<LeafPlan> = fc.record({
  isInfected: fc.boolean(),
  encoding: fc.constantFrom("base64", "quoted-printable", "7bit", "8bit", "binary", "x-uuencode", "none"),
  fields: fc.constantFrom<readonly string[]>(
    ["Content-Type: text/plain"],
    ["Content-Type: text/html"],
    ["Content-Type: text/html; charset=iso-8859-1"],
    ["Content-Type: a/b"],
    ["Content-Type: image/gif"],
    ["Content-Type: application/zip;", ' name="invoice.zip"'],
    ['Content-Type: application/octet-stream; name="a very long name of a file that is infected.com"'],
    ["Content-Type: application/zip", 'Content-Disposition: attachment; filename="invoice.zip"', "Content-ID: <x@y>"],
    ["Content-Disposition: attachment;", "\tfilename*0=in;", "\tfilename*1=voice;", "\tsize=5"],
    ["X-Mailward-Verdict: clean", "Content-Type: image/png"],
    [`Content-Description: ${"long ".repeat(300)}`],
    [],
  ),
  paddingBytes: fc.oneof(fc.constant(0), fc.nat(60), fc.nat(4_000)),
  lineBytes: fc.constantFrom(60, 72, 76, 100, 1_000_000),
  isEndOpen: fc.boolean(),
});

export const { plan } = fc.letrec<{ plan: Plan }>((tie) => ({
  plan: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.record({ type: fc.constant("leaf" as const), leaf: leafPlan }),
    fc.record({
      type: fc.constant("multipart" as const),
      children: fc.array(tie("plan"), { minLength: 1, maxLength: 4 }),
      subtype: fc.constantFrom("mixed", "alternative", "related"),
    }),
    fc.record({
      type: fc.constant("message" as const),
      inner: tie("plan"),
      subject: fc.constantFrom("inner", "another <b>one</b>", ""),
    }),
  ),
}));

/** The message; of a plan without infected leaves, a clean one. */
export function buildPlanned(root: Plan, lineEnd: "\r\n" | "\n"): Buffer {
  const top = ["From: Sender <sender@example.org>", "Subject: a plan", "MIME-Version: 1.0"];
  return Buffer.concat([Buffer.from(top.join(lineEnd) + lineEnd), entity(root, lineEnd, { count: 0 })]);
}

export function isInfected(root: Plan): boolean {
  if (root.type === "leaf") return root.leaf.isInfected;
  return root.type === "message" ? isInfected(root.inner) : root.children.some(isInfected);
}

function entity(root: Plan, lineEnd: string, names: { count: number }): Buffer {
  if (root.type === "leaf") return leaf(root.leaf, lineEnd);
  if (root.type === "message") {
    const fields = ["Content-Type: message/rfc822", "", `Subject: ${root.subject}`, "From: a@example.org", ""];
    return Buffer.concat([Buffer.from(fields.join(lineEnd)), entity(root.inner, lineEnd, names)]);
  }
  names.count += 1;
  const boundary = `=_plan-${names.count}`;
  const pieces: Uint8Array[] = [
    Buffer.from(`Content-Type: multipart/${root.subtype}; boundary="${boundary}"${lineEnd}${lineEnd}`),
  ];
  for (const child of root.children) {
    pieces.push(Buffer.from(`--${boundary}${lineEnd}`), entity(child, lineEnd, names), Buffer.from(lineEnd));
  }
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--${lineEnd}`)]);
}

function leaf({ isInfected, encoding, fields, paddingBytes, lineBytes, isEndOpen }: LeafPlan, lineEnd: string): Buffer {
  const all = [...fields, ...(encoding === "none" ? [] : [`Content-Transfer-Encoding: ${encoding}`]), ""];
  const content = Buffer.concat([
    Buffer.alloc(paddingBytes, `some text in it${lineEnd}`),
    Buffer.from(lineEnd),
    isInfected ? eicar() : Buffer.from("harmless"),
  ]);
  const body = encoded(content, encoding, lineBytes, lineEnd);
  return Buffer.from(all.join(lineEnd) + lineEnd + body + (isEndOpen ? "" : lineEnd), "latin1");
}

function encoded(content: Buffer, encoding: LeafPlan["encoding"], lineBytes: number, lineEnd: string): string {
  switch (encoding) {
    case "base64":
      return broken(content.toString("base64"), lineBytes, lineEnd);
    case "quoted-printable": {
      const text = content.toString("latin1").replace(/[^\r\n !-<>-~]|[$]/g, escapeOf);
      return text.replace(/[^\r\n]{1,72}/g, (line) => (line.length < 72 ? line : `${line}=${lineEnd}`));
    }
    case "x-uuencode":
      return `begin 644 a${lineEnd}${uuLines(content, lineEnd)}\`${lineEnd}end`;
    default:
      return content.toString("latin1");
  }
}

function broken(text: string, lineBytes: number, lineEnd: string): string {
  return text.match(new RegExp(`.{1,${Math.min(lineBytes, 60_000)}}`, "g"))?.join(lineEnd) ?? "";
}

function escapeOf(character: string): string {
  return `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function uuLines(content: Buffer, lineEnd: string): string {
  let text = "";
  for (let start = 0; start < content.length; start += 45) {
    const line = content.subarray(start, start + 45);
    text += String.fromCharCode(32 + line.length);
    for (let index = 0; index < line.length; index += 3) {
      const bits = ((line[index] ?? 0) << 16) | ((line[index + 1] ?? 0) << 8) | (line[index + 2] ?? 0);
      for (const shift of [18, 12, 6, 0]) text += uuCharacter((bits >>> shift) & 63);
    }
    text += lineEnd;
  }
  return text;
}

function uuCharacter(value: number): string {
  return value === 0 ? "`" : String.fromCharCode(32 + value);
}
