/** Tells text in any charset that is compatible with ASCII from binary content, by a few samples. */

/** Asked for by many extractors of the same content, and so remembered as long as that lives. */
export function looksLikeText(bytes: Buffer): boolean {
  let isText = known.get(bytes);
  if (isText === undefined) {
    isText = hasFewControls(bytes);
    known.set(bytes, isText);
  }
  return isText;
}

function hasFewControls(bytes: Buffer): boolean {
  const middle = (bytes.length - SAMPLE_BYTES) >>> 1;
  let controls = 0;
  for (const start of bytes.length <= SAMPLE_BYTES * 3 ? [0] : [0, middle, bytes.length - SAMPLE_BYTES]) {
    const end = bytes.length <= SAMPLE_BYTES * 3 ? bytes.length : start + SAMPLE_BYTES;
    for (let position = start; position < end; position += 1) {
      if (IS_CONTROL[bytes[position] ?? 0] === 1) controls += 1;
    }
  }
  // Random octets have one in ten.
  return controls * MAX_SHARE <= Math.min(bytes.length, SAMPLE_BYTES * 3);
}

const known = new WeakMap<Buffer, boolean>();
const SAMPLE_BYTES = 128;
const MAX_SHARE = 50;
const IS_CONTROL = new Uint8Array(256);
for (let control = 0; control < 0x20; control += 1) IS_CONTROL[control] = 1;
IS_CONTROL[0x7f] = 1;
// Backspace to carriage return; shifts and escape, which text in charsets with escapes has.
for (const used of [0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x1b]) IS_CONTROL[used] = 0;
