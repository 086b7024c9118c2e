/** The caps of answering what IMAP clients ask of a message. */
import { KIB, MIB } from "./limits.ts";

/** What IMAP clients ask of a message besides its octets: sections, ENVELOPE, BODYSTRUCTURE, previews. */
export const sectionLimits = {
  /** Parts that get numbers, and parts inside each other: as many as Dovecot counts. */
  parts: 10_000,
  depth: 100,
  /** Octets of a boundary that count: RFC 2046 allows 70. */
  boundaryBytes: 80,
  /** Comparisons of lines with boundaries: some tenths of a second. */
  comparisons: 5_000_000,
  /** Header fields that are told apart, of all parts: honest parts have three, honest messages a hundred. */
  fields: 100_000,
  /** Header fields that are looked through for one answer, over all its items: one of a message that has the most. */
  fieldsInAnswer: 100_000,
  /** Octets of a name by which a field can be asked for. */
  fieldNameBytes: 256,
  /** Octets of one field value that are parsed, and of those that are shown as they stand. */
  fieldBytes: 256 * KIB,
  /** Addresses of one ENVELOPE, and parameters of one field. */
  addresses: 10_000,
  parameters: 1_000,
  /** Octets of ENVELOPE, BODY and BODYSTRUCTURE each. */
  structureBytes: 8 * MIB,
  /** Characters of a preview (RFC 8970 §3.1), and octets of text that are looked at for them. */
  previewCharacters: 200,
  previewBytes: 64 * KIB,
} as const;
