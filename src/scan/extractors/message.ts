/** Opens messages that are attached, packed or encoded: anything that begins with a mail header. */
import { latin1 } from "../../core/bytes.ts";
import { ambiguityText } from "../../mime/ambiguity.ts";
import { isMessageType } from "../../mime/entity.ts";
import { walkMessage } from "../../mime/walk.ts";
import type { Content } from "../engine.ts";
import { visitPieces } from "../message-pieces.ts";
import type { Extractor } from "./extractor.ts";

export const messageExtractor: Extractor = {
  name: "message",
  mayMatch: (_, { bytes }) => mayBeginWithField(bytes),
  matches: isMessage,
  extract({ bytes, origin: outer, type = "" }, sink, budget) {
    if (!budget.takeView(bytes.length)) {
      sink.reason("limit-views", "messages inside each other");
      return;
    }
    // What only looks like a message is not read as one by anybody who could disagree.
    const isDeclared = outer === "entry" || isMessageType(type);
    const tree = walkMessage(bytes, budget.walks);
    visitPieces(bytes, tree, budget, {
      piece(entity, piece, origin, name) {
        // A reading of a message as nothing but content is the content that is being opened: it would never end.
        const isItself = (origin === outer || origin === "decoded") && piece.equals(bytes);
        if (!isItself) sink.entry(name, piece, origin, entity.parameter("charset"));
      },
      reason: (_entity, code, detail) => sink.reason(code, detail),
      ambiguity: (_entity, code) => {
        if (isDeclared) sink.remark("ambiguity", ambiguityText(code));
      },
    });
  },
};

/** Whether content begins with a mail header. Text that does so in a message that was opened like this is none: there
 *  could be a header in it again, and so on. */
export function isMessage({ bytes, origin, container }: Content): boolean {
  return !(origin === "text" && container === messageExtractor.name) && beginsWithHeader(bytes);
}

/** One or more header fields of which one is known from mail. Readers skip blank lines and an mbox line before them. */
function beginsWithHeader(bytes: Buffer): boolean {
  if (!MAY_BEGIN.test(latin1(bytes, 0, PEEK_BYTES))) return false;
  return KNOWN_FIELD.test(latin1(bytes, 0, HEAD_BYTES));
}

/** Whether the first letters may be the name of a field, or begin the line that mbox files have before a message. */
function mayBeginWithField(bytes: Buffer): boolean {
  const limit = Math.min(bytes.length, PEEK_BYTES);
  let position = bytes[0] === 0xef ? 3 : 0;
  while (position < limit && isSkipped(bytes[position])) position += 1;
  const first = bytes[position];
  if (first === LETTER_F || first === QUOTE) return true;
  while (position < limit && isNameCharacter(bytes[position])) position += 1;
  while (position < limit && isSkipped(bytes[position])) position += 1;
  return bytes[position] === COLON;
}

/** White space to regular expressions, and NUL. */
function isSkipped(byte = 0): boolean {
  return byte <= 0x20 || byte === 0xa0;
}

function isNameCharacter(byte = 0): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== COLON;
}

const COLON = 0x3a;
const LETTER_F = 0x46;
const QUOTE = 0x3e;
const PEEK_BYTES = 512;
const HEAD_BYTES = 8 * 1024;
const MAY_BEGIN = /^(?:\xef\xbb\xbf)?[\s\0]*(?:>?From [^\n]*\n)?[!-9;-~]{1,76}[ \t\0]*:/;
const KNOWN_FIELD =
  /(?:^|\xbf|[\r\n])(?:Content-Type|MIME-Version|Received|Return-Path|Message-ID|From|Subject|Content-Transfer-Encoding)[ \t\0]*:/i;
