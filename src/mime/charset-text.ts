/** Octets in a charset that the message names, as text. For names and other things that are shown or compared. */

/** Never fails: an unknown charset is read as UTF-8 and, where that does not fit, as Latin-1. */
export function charsetText(bytes: Uint8Array, charset = ""): string {
  const decoder = decoderOf(charset.trim().toLowerCase());
  if (decoder !== undefined) return decoder.decode(bytes);
  return utf8Text(bytes) ?? Buffer.from(bytes).toString("latin1");
}

/** Undefined when the octets are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined for one that is not known, or that needs none. Those of one message are few; making each costs more than
 *  what it decodes. */
function decoderOf(charset: string): Decoder | undefined {
  if (charset === "" || charset === "us-ascii" || charset === "utf-8") return undefined;
  if (!decoders.has(charset)) {
    if (decoders.size >= MAX_DECODERS) decoders.clear();
    decoders.set(charset, createDecoder(charset));
  }
  return decoders.get(charset);
}

function createDecoder(charset: string): Decoder | undefined {
  try {
    return new TextDecoder(charset);
  } catch {
    return undefined;
  }
}

type Decoder = InstanceType<typeof TextDecoder>;

const decoders = new Map<string, Decoder | undefined>();
const MAX_DECODERS = 64;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });
