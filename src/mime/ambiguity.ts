/** What a message can be ambiguous about: mail programs read it differently, and see different content. */
import type { Entity } from "./entity.ts";

/** The codes, each with one sentence for people. They are stable: programs may rely on them. */
export const AMBIGUITIES = {
  "duplicate-type": "Content-Type is given more than once, differently",
  "duplicate-encoding": "Content-Transfer-Encoding is given more than once, differently",
  type: "some programs see another content type",
  encoding: "the transfer encoding is not a standard one, or malformed",
  boundary: "some programs take another boundary, or none",
  delimiter: "a line is a delimiter to some programs only",
  "late-part": "parts follow the closing delimiter",
  field: "a line is a header field to some programs only",
  "header-end": "some programs end the header at another line",
  "encoded-structure": "some programs decode a message or its parts, others do not",
  base64: "base64 holds what some programs skip and others decode or stop at",
  "quoted-printable": "quoted-printable holds what only some programs take for an escape or a line break",
  "file-name": "some programs see another file type in the name",
} as const;

export type AmbiguityCode = keyof typeof AMBIGUITIES;

export interface Ambiguity {
  readonly code: AmbiguityCode;
  readonly entity: Entity;
}

/** The code and its sentence, as a remark on the message has it. */
export function ambiguityText(code: AmbiguityCode): string {
  return `${code}: ${AMBIGUITIES[code]}`;
}

/** The code that a text made by `ambiguityText` ends with, whatever stands before it. */
export function ambiguityCode(text: string): AmbiguityCode | undefined {
  return CODES.find((code) => text === ambiguityText(code) || text.endsWith(`: ${ambiguityText(code)}`));
}

function isCode(text: string): text is AmbiguityCode {
  return Object.hasOwn(AMBIGUITIES, text);
}

const CODES = Object.keys(AMBIGUITIES).filter(isCode);
