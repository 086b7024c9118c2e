/** What Outlook writes, built by hand: TNEF, messages as files, compressed RTF. */
import { buildCompoundFile, type CompoundOptions, type CompoundStorage } from "./build-compound-file.ts";

export interface OutlookAttachment {
  readonly name: string;
  readonly content: Buffer;
}

export interface TnefPlan {
  readonly attachments?: readonly OutlookAttachment[];
  /** Properties of the message besides, each as `mapiProperty` makes it. */
  readonly properties?: readonly Buffer[];
  /** Properties of a further attachment, for content that is not in its data. */
  readonly attachmentProperties?: readonly Buffer[];
}

/** A `winmail.dat`. */
export function buildTnef({ attachments = [], properties = [], attachmentProperties }: TnefPlan): Buffer {
  const parts = [Buffer.from([0x78, 0x9f, 0x3e, 0x22, 1, 0]), attribute(1, 0x89006, uint32(0x10000))];
  parts.push(attribute(1, 0x78008, Buffer.from("IPM.Microsoft Mail.Note\0")));
  if (properties.length > 0) parts.push(attribute(1, 0x69003, propertyList(properties)));
  for (const { name, content } of attachments) {
    parts.push(attribute(2, 0x69002, Buffer.alloc(14)));
    parts.push(attribute(2, 0x18010, Buffer.from("SHORT.DAT\0")));
    parts.push(attribute(2, 0x6800f, content));
    parts.push(attribute(2, 0x69005, propertyList([mapiProperty(0x3707, 0x1e, Buffer.from(`${name}\0`, "latin1"))])));
  }
  if (attachmentProperties !== undefined) {
    parts.push(attribute(2, 0x69002, Buffer.alloc(14)), attribute(2, 0x69005, propertyList(attachmentProperties)));
  }
  return Buffer.concat(parts);
}

/** A property with one value of variable length. */
export function mapiProperty(id: number, type: number, value: Buffer): Buffer {
  const padding = Buffer.alloc((4 - (value.length % 4)) % 4);
  return Buffer.concat([uint16(type), uint16(id), uint32(1), uint32(value.length), value, padding]);
}

/** A named property: a GUID, the kind of name, and the number. */
export function namedProperty(id: number, type: number, value: Buffer): Buffer {
  const property = mapiProperty(id, type, value);
  return Buffer.concat([property.subarray(0, 4), Buffer.alloc(16, 7), uint32(0), uint32(0x8233), property.subarray(4)]);
}

/** An object: an interface in front of its octets. */
export function objectProperty(content: Buffer): Buffer {
  return mapiProperty(0x3701, 0x0d, Buffer.concat([Buffer.from("0b00000000000000c000000000000046", "hex"), content]));
}

function propertyList(properties: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(properties.length), ...properties]);
}

function attribute(level: number, id: number, data: Buffer): Buffer {
  let checksum = 0;
  for (const octet of data) checksum = (checksum + octet) & 0xffff;
  return Buffer.concat([Buffer.from([level]), uint32(id), uint32(data.length), data, uint16(checksum)]);
}

/** A message as a file (.msg) with attachments; `embedded` is a message in it. */
export function buildMessageFile(
  attachments: readonly OutlookAttachment[],
  { embedded, ...options }: CompoundOptions & { readonly embedded?: CompoundStorage } = {},
): Buffer {
  return buildCompoundFile({ ...messageStorage(attachments, embedded) }, options);
}

/** The storage that a message is. */
export function messageStorage(
  attachments: readonly OutlookAttachment[],
  embedded?: CompoundStorage,
  body = "See the attachment.",
): CompoundStorage {
  const children: Record<string, Buffer | CompoundStorage> = {
    "__properties_version1.0": Buffer.alloc(32),
    "__substg1.0_0037001F": Buffer.from("a document", "utf16le"),
    "__substg1.0_1000001F": Buffer.from(body, "utf16le"),
  };
  for (const [index, { name, content }] of attachments.entries()) {
    children[`__attach_version1.0_#${index.toString(16).padStart(8, "0")}`] = {
      children: {
        "__properties_version1.0": Buffer.alloc(32),
        "__substg1.0_3707001F": Buffer.from(name, "utf16le"),
        "__substg1.0_37010102": content,
      },
    };
  }
  if (embedded !== undefined) {
    children["__attach_version1.0_#000000ff"] = { children: { "__substg1.0_3701000D": embedded } };
  }
  return { children };
}

/** RTF as Outlook compresses it: copies from the window where three octets or more repeat. */
export function compressRtf(text: Buffer): Buffer {
  const window = Buffer.concat([Buffer.from(WINDOW, "latin1"), text]);
  const start = WINDOW.length;
  const output: number[] = [];
  let position = start;
  let isEnded = false;
  while (!isEnded) {
    const flagsAt = output.push(0) - 1;
    for (let bit = 0; bit < 8 && !isEnded; bit += 1) {
      const found = position >= window.length ? undefined : longestCopy(window, position);
      isEnded = position >= window.length;
      if (!isEnded && found === undefined) {
        output.push(window[position] ?? 0);
        position += 1;
        continue;
      }
      const reference = (((found?.at ?? position) % 4096) << 4) | ((found?.length ?? 2) - 2);
      output.push(reference >> 8, reference & 255);
      output[flagsAt] = (output[flagsAt] ?? 0) | (1 << bit);
      position += found?.length ?? 0;
    }
  }
  const data = Buffer.from(output);
  return Buffer.concat([uint32(data.length + 12), uint32(text.length), Buffer.from("LZFu"), uint32(0), data]);
}

function longestCopy(window: Buffer, position: number): { at: number; length: number } | undefined {
  let best: { at: number; length: number } | undefined;
  for (let at = Math.max(0, position - 4000); at < position; at += 1) {
    let length = 0;
    while (length < 17 && position + length < window.length && window[at + length] === window[position + length])
      length += 1;
    if (length >= 3 && length > (best?.length ?? 0)) best = { at, length };
  }
  return best;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** [MS-OXRTFCP] 2.1.2.1 */
const WINDOW =
  "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
