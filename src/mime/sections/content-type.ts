/** Content-Type and the parameters of MIME fields, as IMAP servers report them. */
import { sectionLimits } from "../../core/section-limits.ts";
import { FieldText } from "./field-text.ts";

/** A parameter: its name and value as written, continuations joined (RFC 2231 §3). */
export interface FieldParameter {
  readonly name: string;
  readonly value: string;
}

export interface MediaType {
  /** As written; both empty when the field names no type. */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: readonly FieldParameter[];
  /** Of a multipart that has one. */
  readonly boundary: string | undefined;
}

export function parseMediaType(value: string): MediaType {
  const text = new FieldText(value);
  text.skipBlanks();
  const names = parseTypeNames(text);
  const parameters = names.isWhole ? parseParameters(text) : [];
  const boundary = parameters.find(({ name }) => name.toLowerCase() === "boundary")?.value;
  const { type, subtype } = names;
  return { type, subtype, parameters, boundary: type.toLowerCase() === "multipart" ? boundary : undefined };
}

/** All parameters that follow, what is none left out. */
export function parseParameters(text: FieldText): FieldParameter[] {
  const plain: FieldParameter[] = [];
  const pieces: Piece[] = [];
  while (!text.isAtEnd && plain.length + pieces.length < sectionLimits.parameters) {
    const parameter = parseParameter(text);
    if (parameter === undefined) {
      if (text.isAtEnd) break;
      text.position += 1;
      continue;
    }
    const piece = pieceOf(parameter);
    if (piece === undefined) plain.push(parameter);
    else pieces.push(piece);
  }
  return plain.concat(joined(pieces));
}

function parseTypeNames(text: FieldText): { type: string; subtype: string; isWhole: boolean } {
  const first = text.token();
  if (first.outcome !== "more" || first.word === "") return { type: first.word, subtype: "", isWhole: false };
  if (text.peek() !== "/") return NO_TYPE;
  text.position += 1;
  if (text.skipBlanks() !== "more") return NO_TYPE;
  const second = text.token();
  const isFollowed = !text.isAtEnd && text.peek() !== ";";
  if (second.outcome === "broken" || second.word === "" || isFollowed) return NO_TYPE;
  return { type: first.word, subtype: second.word, isWhole: true };
}

function parseParameter(text: FieldText): FieldParameter | undefined {
  if (text.peek() !== ";") return undefined;
  text.position += 1;
  if (text.skipBlanks() !== "more") return undefined;
  const { word: name, outcome } = text.token();
  if (outcome !== "more" || text.peek() !== "=") return undefined;
  text.position += 1;
  const before = text.skipBlanks();
  if (before === "broken") return undefined;
  if (before === "end") return { name, value: "" };
  // Some programs write an encoded word where a value should be.
  if (text.peek() === "=") return { name, value: text.untilBlank() };
  const value = text.peek() === '"' ? text.quotedString() : text.token();
  return value.outcome === "broken" ? undefined : { name, value: value.word };
}

/** A parameter of RFC 2231: one of several that make up a value, or one with a charset, or both. */
interface Piece extends FieldParameter {
  readonly index: number;
  readonly isExtended: boolean;
}

function pieceOf({ name, value }: FieldParameter): Piece | undefined {
  const groups = PIECE_NAME.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const { base = "", index = "", mark = "" } = groups;
  return { name: base, value, index: Number(index), isExtended: mark === "*" || index === "" };
}

/** The pieces of each name joined, in the order of the names. Where one is missing they stay as they are. */
function joined(pieces: readonly Piece[]): FieldParameter[] {
  const groups = new Map<string, Piece[]>();
  const sorted = pieces.toSorted((left, right) => compare(left.name, right.name) || left.index - right.index);
  for (const piece of sorted) {
    const key = piece.name.toLowerCase();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [piece]);
    else group.push(piece);
  }
  return [...groups.values()].flatMap((group) => joinedGroup(group));
}

function joinedGroup(group: readonly Piece[]): FieldParameter[] {
  const [first] = group;
  if (first === undefined) return [];
  if (group.some(({ index }, position) => index !== position)) {
    return group.map(({ name, index, isExtended, value }) => ({
      name: isExtended ? `${name}*${index}*` : `${name}*${index}`,
      value,
    }));
  }
  if (!group.some(({ isExtended }) => isExtended)) {
    return [{ name: first.name, value: group.map(({ value }) => value).join("") }];
  }
  const values = group.map(({ isExtended, value }) => (isExtended ? value : value.replaceAll("%", "%25")));
  return [{ name: `${first.name}*`, value: `${first.isExtended ? "" : "''"}${values.join("")}` }];
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

const NO_TYPE = { type: "", subtype: "", isWhole: false } as const;
const PIECE_NAME = /^(?<base>[^*]*)\*(?:(?<index>[0-9]{1,9})(?<mark>\*?))?$/;
