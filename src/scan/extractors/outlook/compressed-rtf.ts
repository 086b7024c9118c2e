/** Opens compressed RTF [MS-OXRTFCP], the form that Outlook keeps formatted text in. */
import type { Extractor } from "../extractor.ts";

export const compressedRtfExtractor: Extractor = {
  name: "compressed-rtf",
  isLayer: true,
  matches: ({ bytes }) => bytes.length > HEADER_BYTES && kindOf(bytes) !== 0,
  extract({ bytes }, sink, budget) {
    // The sizes in front are not needed: the data end themselves.
    const data = bytes.subarray(HEADER_BYTES);
    if (kindOf(bytes) === UNCOMPRESSED) {
      sink.entry("", data);
      return;
    }
    const { text, isCapped } = decompressRtf(data, budget.outputBytes);
    if (isCapped) sink.reason("limit-bytes", "compressed RTF");
    budget.takeOutput(text.length);
    sink.entry("", text);
  },
};

/** LZ77 over a window of 4,096 octets that begins filled with the commonest words of RTF. */
function decompressRtf(data: Buffer, maxBytes: number): { text: Buffer; isCapped: boolean } {
  const window = Buffer.alloc(WINDOW_BYTES, 0x20);
  window.write(DICTIONARY, 0, "latin1");
  let write = DICTIONARY.length;
  // Two octets make seventeen at the most.
  const output = Buffer.allocUnsafe(Math.min(maxBytes, data.length * 9));
  let length = 0;
  const put = (octet: number): void => {
    window[write] = octet;
    write = (write + 1) % WINDOW_BYTES;
    output[length] = octet;
    length += 1;
  };
  let position = 0;
  while (position < data.length) {
    const flags = data[position] ?? 0;
    position += 1;
    for (let bit = 0; bit < 8 && position < data.length; bit += 1) {
      if (length + MAX_MATCH_BYTES > maxBytes) {
        return { text: output.subarray(0, length), isCapped: true };
      }
      if ((flags & (1 << bit)) === 0) {
        put(data[position] ?? 0);
        position += 1;
        continue;
      }
      if (position + 2 > data.length) return { text: output.subarray(0, length), isCapped: false };
      const reference = data.readUInt16BE(position);
      position += 2;
      const start = reference >> 4;
      // A reference to where the next octet goes is the end.
      if (start === write) return { text: output.subarray(0, length), isCapped: false };
      const count = (reference & 15) + 2;
      for (let index = 0; index < count; index += 1) put(window[(start + index) % WINDOW_BYTES] ?? 0);
    }
  }
  return { text: output.subarray(0, length), isCapped: false };
}

function kindOf(bytes: Buffer): number {
  const kind = bytes.readUInt32LE(8);
  return kind === COMPRESSED || kind === UNCOMPRESSED ? kind : 0;
}

const HEADER_BYTES = 16;
/** "LZFu" and "MELA". */
const COMPRESSED = 0x75465a4c;
const UNCOMPRESSED = 0x414c454d;
const WINDOW_BYTES = 4096;
const MAX_MATCH_BYTES = 17;
const DICTIONARY =
  "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
