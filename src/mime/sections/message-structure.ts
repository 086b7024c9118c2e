/** What IMAP tells of a message as a whole: ENVELOPE, BODY and BODYSTRUCTURE. */
import { fromLatin1 } from "../../core/bytes.ts";
import { sectionLimits } from "../../core/section-limits.ts";
import { bodyStructure } from "./body-structure.ts";
import { envelopeFields } from "./envelope.ts";
import { LineCounts } from "./line-counts.ts";
import { parseParts } from "./part-tree.ts";

/** The values of the items as they stand in a FETCH response, literals included. What is undefined is more than the
 *  limits allow to say. */
export interface MessageStructure {
  readonly envelope: Uint8Array | undefined;
  readonly body: Uint8Array | undefined;
  readonly bodyStructure: Uint8Array | undefined;
}

/** The structure of a whole message, which may be any octets. Its size in octets is that of RFC822.SIZE. */
export function structureOf(message: Buffer): MessageStructure {
  const { parts, isCut } = parseParts(message);
  const [root] = parts;
  if (root === undefined) return { envelope: undefined, body: undefined, bodyStructure: undefined };
  const envelope = envelopeFields(message, root);
  const whole = { envelope: octets(envelope === undefined ? undefined : `(${envelope})`) };
  if (isCut) return { ...whole, body: undefined, bodyStructure: undefined };
  const lines = new LineCounts(message, parts);
  return {
    ...whole,
    body: octets(bodyStructure(message, root, lines, false)),
    bodyStructure: octets(bodyStructure(message, root, lines, true)),
  };
}

function octets(text: string | undefined): Uint8Array | undefined {
  return text === undefined || text.length > sectionLimits.structureBytes ? undefined : fromLatin1(text);
}
