/** What a NOTIFY asks the upstream to send on its own (RFC 5465). */
import { latin1 } from "../../core/bytes.ts";
import { QUOTE, quotedEnd } from "./astring.ts";
import { fetchPlan, parseFetchItems } from "./fetch-request.ts";

/** Whether new messages are to be announced with pieces of them (§5.2: `MessageNew (BODY.PEEK[1])`): nobody has asked for
 *  the whole message then, so pieces could not be judged, and would be dropped when they come. `start` is where the
 *  arguments begin. What can not be read counts as well. */
export function asksForPieces(line: Uint8Array, start: number): boolean {
  const end = line.length - 2;
  const text = latin1(line, 0, end);
  for (let at = start; at < end; ) {
    if (line[at] === QUOTE) {
      at = quotedEnd(line, at, end);
      if (at < 0) return true;
      continue;
    }
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0] ?? "";
    at += Math.max(1, word.length);
    if (word.toUpperCase() !== MESSAGE_NEW) continue;
    LIST.lastIndex = at;
    const opening = LIST.exec(text)?.[0];
    if (opening === undefined) continue;
    const list = parseFetchItems(text, at + opening.length);
    // An event among the items would be one of a mailbox that is called like the event.
    if (list === undefined || list.items.some(isEvent)) return true;
    if (fetchPlan({ sequenceSet: "*", items: list.items, modifiers: "" }) !== "forward") return true;
    at = list.end;
  }
  return false;
}

function isEvent(item: { readonly text: string }): boolean {
  return item.text.slice(0, MESSAGE_NEW.length).toUpperCase() === MESSAGE_NEW;
}

const MESSAGE_NEW = "MESSAGENEW";
const WORD = /[^\s()"]+/y;
const LIST = / *\(/y;
