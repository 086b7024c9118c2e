/** Fields of Word documents that start a program: DDE and DDEAUTO. Nobody has inserted one by the menus for decades. */

/** Whether a field's instruction is one; quotes and spaces may stand before it. */
export function isDdeInstruction(instruction: string): boolean {
  return DDE.test(instruction.slice(0, MAX_CHARACTERS));
}

/** Whether the text of a binary document, in octets or UTF-16, has such a field: 0x13 begins one. */
export function hasDdeField(bytes: Buffer): boolean {
  let position = bytes.indexOf(FIELD_BEGIN);
  while (position >= 0) {
    if (mayBeDde(bytes, position + 1)) {
      const text = bytes.toString("latin1", position + 1, position + MAX_PEEK_BYTES).replaceAll("\0", "");
      if (isDdeInstruction(text)) return true;
    }
    position = bytes.indexOf(FIELD_BEGIN, position + 1);
  }
  return false;
}

/** Whether the first octet that is no blank or mark is a "d". */
function mayBeDde(bytes: Buffer, start: number): boolean {
  const end = Math.min(bytes.length, start + MAX_PEEK_BYTES);
  for (let index = start; index < end; index += 1) {
    const octet = bytes[index] ?? 0;
    if ((octet | 0x20) === 0x64) return true;
    if (octet > 0x27) return false;
  }
  return false;
}

const MAX_CHARACTERS = 1_000;
const MAX_PEEK_BYTES = 40;
const FIELD_BEGIN = 0x13;
/** Marks of fields inside stand before it too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are the marks
const DDE = /^[\s"'\x01\x13-\x15]{0,20}DDE(?:AUTO)?(?=[\s"\\]|$)/i;
