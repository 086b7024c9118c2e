/** Collects one FETCH response. Rule zero: what it holds of message content is a whole message, which goes into the spool
 *  and comes out judged, or header lines, which are kept from being more than that; with any other content, or with a
 *  literal that could be a message where no content is, the whole response is dropped. (Dropped rather than closing the connection: NOTIFY may legally ask a server to send sections on
 *  its own, and a client lives without them.) */
import { fromLatin1, SPACE } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import type { SpoolId } from "../event.ts";
import { OPENING_PARENTHESIS, unquote } from "./astring.ts";
import { Collector } from "./collector.ts";
import { FetchReader, type FoundItem } from "./fetch-response.ts";
import type { Fragment } from "./fragmentizer.ts";
import { headerLength } from "./header-guard.ts";
import type { HeldResponse, MessageNumber } from "./held-responses.ts";
import type { Copy } from "./judged-copies.ts";
import type { PendingCommands } from "./pending-commands.ts";
import { emptyItems, putOut } from "./response-pieces.ts";
import { isOneLine, isTooLongString } from "./string-guard.ts";
import { withTold } from "./told-items.ts";
import { isOneOfMany, isTouched, type Translation } from "./translation.ts";
import type { Wire } from "./wire.ts";

const SEPARATOR = fromLatin1(" ");
const TILDE = 0x7e;

export type LineFragment = Extract<Fragment, { type: "line" }>;
export type LiteralFragment = Extract<Fragment, { type: "literal" }>;

/** Collects the fragments of one response of more than one line. */
export interface Assembly {
  line(fragment: LineFragment): void;
  literal(fragment: LiteralFragment): void;
}

export interface FetchContext {
  readonly wire: Wire;
  readonly pending: PendingCommands;
  /** The number in `* 12 FETCH`, and whether it is a UID (RFC 9586 UIDFETCH). */
  readonly number: number;
  readonly isUid: boolean;
  /** What the client is to get instead of what the session has asked for. */
  readonly translation: Translation | undefined;
}

export class FetchAssembly implements Assembly {
  readonly #context: FetchContext;
  readonly #response: HeldResponse;
  readonly #reader = new FetchReader();
  #state: "collecting" | "dropped" = "collecting";
  #isTranslated = false;
  /** The message that the literal being read belongs to. */
  #spool: SpoolId | undefined;
  /** What is collected since the last message: lines, and literals that are no message. */
  readonly #text = new Collector(protocolLimits.imapResponseBytes);
  /** What the literal being read is, when it is no message. */
  #literalKind: "header" | "string" | "unwanted" = "string";
  /** Where in #text it is announced, and where it begins. */
  #announcementStart = 0;
  #literalStart = 0;

  constructor(context: FetchContext) {
    this.#context = context;
    this.#response = context.wire.responses.open();
  }

  /** The first line, whose items begin at `start`. */
  begin(fragment: LineFragment, start: number): void {
    this.#read(fragment, start);
  }

  line(fragment: LineFragment): void {
    this.#read(fragment, 0);
  }

  literal({ bytes, remaining }: LiteralFragment): void {
    if (this.#state === "dropped") return;
    const { wire } = this.#context;
    if (this.#spool !== undefined) {
      wire.responses.spool(this.#response, this.#spool, bytes);
      if (remaining > 0) return;
      wire.responses.endSpool(this.#response, this.#spool);
      this.#spool = undefined;
      return;
    }
    if (this.#literalKind === "unwanted") return;
    if (this.#literalKind === "string" && !isOneLine(bytes)) {
      this.#drop("unjudged-content", "it holds lines in a place where no message is");
      return;
    }
    if (this.#append(bytes) && remaining === 0 && this.#literalKind === "header") this.#guardHeader();
  }

  get #message(): MessageNumber {
    const { number, isUid } = this.#context;
    return isUid ? { sequence: undefined, uid: number } : { sequence: number, uid: this.#reader.uid };
  }

  /** The message in words. */
  get #which(): string {
    const { sequence, uid } = this.#message;
    return uid === undefined ? `message ${sequence}` : `UID ${uid}`;
  }

  #read(fragment: LineFragment, start: number): void {
    if (this.#state === "dropped") return;
    const { bytes, literal } = fragment;
    const outcome = this.#reader.read(bytes, start, literal?.start ?? bytes.length - 2, literal !== undefined);
    switch (outcome) {
      case "ok":
        this.#collect(fragment);
        return;
      case "forbidden":
        this.#drop("unjudged-content", "it holds message content in a form that is not scanned");
        return;
      case "malformed":
        this.#drop("malformed-fetch", "it is malformed");
        return;
      case "too-deep":
        this.#context.wire.endOnError("upstream", "nesting", "parentheses are nested too deeply");
        return;
      default:
        outcome satisfies never;
    }
  }

  #collect(fragment: LineFragment): void {
    const { bytes, literal } = fragment;
    const { wire } = this.#context;
    const isSingle = literal === undefined && !fragment.isContinued;
    if (isSingle && this.#reader.items.length === 0 && !this.#hasAddition) {
      const told = this.#response.selection.find(this.#message);
      if (told === undefined) wire.toClient(bytes);
      else wire.held.append(wire.out, putOut(withTold([{ type: "bytes", bytes }], told), new Map()));
      return;
    }
    this.#literalKind = this.#kindOfLiteral();
    if (literal !== undefined && this.#literalKind === "string" && isTooLongString(literal.bytes)) {
      this.#drop("unjudged-content", "it holds a string that is too long for where it stands");
      return;
    }
    let cursor = 0;
    for (const item of this.#reader.items) {
      const cut = this.#item(item, fragment, cursor);
      if (cut === undefined) return;
      cursor = cut;
    }
    if (literal === undefined) {
      this.#end(bytes, cursor);
      return;
    }
    if (this.#literalKind === "unwanted") return;
    this.#announcementStart = this.#text.length + literal.start - cursor;
    if (this.#append(bytes.subarray(cursor))) this.#literalStart = this.#text.length;
  }

  #kindOfLiteral(): "header" | "string" | "unwanted" {
    const last = this.#reader.items.at(-1);
    if (last?.value !== "literal") return "string";
    return this.#isUnwanted(last) ? "unwanted" : "header";
  }

  /** What the session has asked for, and not the client. */
  #isUnwanted(item: FoundItem): boolean {
    return this.#context.translation?.source.type === "copy" && isTouched(item.name);
  }

  /** The copy that this response is to get slices of. */
  get #copy(): Copy | undefined {
    const { translation } = this.#context;
    const copy = translation?.source.type === "copy" ? translation.source.copy : undefined;
    if (translation === undefined || copy === undefined) return undefined;
    const { uid, sequence } = this.#message;
    return (translation.isUid ? copy.uid === uid : copy.sequence === sequence) ? copy : undefined;
  }

  /** True when something belongs at the end of this response. */
  get #hasAddition(): boolean {
    return this.#copy !== undefined || this.#hasNothing;
  }

  /** True when the client is told that there is no content. */
  get #hasNothing(): boolean {
    const { translation } = this.#context;
    if (translation?.source.type !== "none") return false;
    const { sequence, uid } = this.#message;
    const number = translation.isUid ? uid : sequence;
    return number !== undefined && translation.numbers.mayContain(number);
  }

  /** The last line, of which everything before `cursor` is collected. */
  #end(line: Buffer, cursor: number): void {
    const { wire, pending, translation } = this.#context;
    let rest = cursor;
    const mayAdd = this.#hasNothing || (this.#copy !== undefined && this.#response.spools.size === 0);
    if (translation !== undefined && mayAdd) {
      rest = Math.max(cursor, this.#reader.closing);
      if (!this.#append(line.subarray(cursor, rest))) return;
      const before = this.#lastOctet;
      if (before !== OPENING_PARENTHESIS && before !== SPACE) this.#append(SEPARATOR);
      this.#add(translation);
    }
    if (!this.#append(line.subarray(rest))) return;
    this.#endText();
    if (this.#response.spools.size > 0) wire.responses.place(this.#response, this.#message, pending.fetches());
    else {
      this.#response.message = this.#message;
      wire.held.append(wire.out, putOut(wire.responses.truePieces(this.#response), new Map()));
    }
  }

  #add(translation: Translation): void {
    const { source, items } = translation;
    const copy = this.#copy;
    if (source.type === "copy" && copy !== undefined) {
      source.copy = undefined;
      copy.sequence = this.#message.sequence ?? copy.sequence;
      this.#endText();
      this.#context.wire.responses.addCopy(this.#response, copy, items);
    } else {
      this.#append(emptyItems(items, "NIL"));
    }
  }

  get #lastOctet(): number | undefined {
    return this.#text.peek().at(-1);
  }

  /** Collects an item of content and what stands before it; the place in the line from where on nothing is collected, or
   *  undefined when the session has ended. */
  #item(item: FoundItem, { bytes, literal }: LineFragment, cursor: number): number | undefined {
    if (item.kind === "whole") return this.#whole(item, bytes, literal, cursor);
    if (!this.#isUnwanted(item)) return cursor;
    const start = bytes[item.nameStart - 1] === SPACE ? item.nameStart - 1 : item.nameStart;
    if (!this.#append(bytes.subarray(cursor, Math.max(cursor, start)))) return undefined;
    return item.value === "literal" ? bytes.length : item.end;
  }

  #whole(item: FoundItem, line: Buffer, literal: LineFragment["literal"], cursor: number): number | undefined {
    const { wire, translation } = this.#context;
    const content = item.value === "quoted" ? unquote(line.subarray(item.start, item.end)) : undefined;
    const size = item.value === "literal" ? (literal?.bytes ?? 0) : (content?.length ?? 0);
    const end = item.value === "literal" ? line.length : item.end;
    const isTranslated = !this.#isTranslated && item.name.toUpperCase() === "BODY[]";
    if (translation?.source.type === "whole" && isTranslated) {
      this.#isTranslated = true;
      if (!this.#append(line.subarray(cursor, item.nameStart))) return undefined;
      if (size === 0) {
        this.#append(emptyItems(translation.items, item.value === "nil" ? "NIL" : "empty"));
      } else {
        const id = this.#hold(size, content);
        this.#response.pieces.push({
          type: "items",
          id,
          items: translation.items,
          isOneOfMany: isOneOfMany(translation),
        });
      }
      return end;
    }
    if (size === 0) return cursor;
    if (this.#response.spools.size >= protocolLimits.heldMessages) {
      wire.endOnError("upstream", "messages-in-response", "a response holds too many messages");
      return undefined;
    }
    if (!this.#append(line.subarray(cursor, item.start))) return undefined;
    const id = this.#hold(size, content);
    this.#response.pieces.push({ type: "message", id, isBinary: literal?.isBinary ?? false });
    return end;
  }

  /** Begins to hold a message: `content`, or the literal that follows. */
  #hold(size: number, content: Uint8Array | undefined): SpoolId {
    this.#endText();
    const { responses } = this.#context.wire;
    const id = responses.beginSpool(this.#response, this.#which, size);
    if (content === undefined) {
      this.#spool = id;
    } else {
      responses.spool(this.#response, id, content);
      responses.endSpool(this.#response, id);
    }
    return id;
  }

  /** False when the session has ended. */
  #append(bytes: Uint8Array): boolean {
    if (this.#text.append(bytes)) return true;
    const { wire } = this.#context;
    wire.endOnError("upstream", "response-too-long", "a response is longer than anything that is not a message");
    return false;
  }

  #endText(): void {
    if (this.#text.length > 0) this.#response.pieces.push({ type: "bytes", bytes: this.#text.take() });
  }

  /** A literal of header fields is collected. */
  #guardHeader(): void {
    const text = this.#text.peek();
    const literal = text.subarray(this.#literalStart);
    const length = headerLength(literal);
    if (length === literal.length) return;
    const announced = text.subarray(0, this.#announcementStart + (text[this.#announcementStart] === TILDE ? 1 : 0));
    const bytes = Buffer.concat([announced, fromLatin1(`{${length}}\r\n`), literal.subarray(0, length)]);
    this.#text.take();
    this.#response.pieces.push({ type: "bytes", bytes });
    const detail = `a header held more than header fields, which was cut off (${this.#which})`;
    this.#context.wire.report({ type: "protocol-error", side: "upstream", code: "body-in-header", detail });
  }

  #drop(code: string, text: string): void {
    const { wire, pending } = this.#context;
    this.#state = "dropped";
    this.#text.take();
    const detail = `the mail server's data of ${this.#which} is not delivered: ${text}`;
    wire.report({ type: "protocol-error", side: "upstream", code, detail });
    wire.responses.drop(this.#response, this.#message, pending.fetches(), detail);
  }
}
