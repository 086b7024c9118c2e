/** The values that PDF objects are made of (ISO 32000-2 §7.3), and how to look into them. */

export interface PdfName {
  readonly kind: "name";
  readonly name: string;
}

export interface PdfString {
  readonly kind: "string";
  /** Without the escapes; still encrypted in an encrypted document. */
  readonly bytes: Buffer;
  /** The octets stand in the file as they are. */
  readonly isVerbatim: boolean;
}

export interface PdfReference {
  readonly kind: "reference";
  readonly number: number;
}

export interface PdfArray {
  readonly kind: "array";
  readonly items: readonly PdfValue[];
}

/** Keys may come twice; readers take the first or the last. */
export interface PdfDictionary {
  readonly kind: "dictionary";
  readonly pairs: readonly (readonly [string, PdfValue])[];
}

/** `true`, `null`, operators, and what is no PDF. */
export interface PdfWord {
  readonly kind: "word";
  readonly word: string;
}

export type PdfValue = number | PdfName | PdfString | PdfReference | PdfArray | PdfDictionary | PdfWord;

export function isDictionary(value: PdfValue | undefined): value is PdfDictionary {
  return typeof value === "object" && value.kind === "dictionary";
}

export function isReference(value: PdfValue | undefined): value is PdfReference {
  return typeof value === "object" && value.kind === "reference";
}

export function isString(value: PdfValue | undefined): value is PdfString {
  return typeof value === "object" && value.kind === "string";
}

/** All values of a key, or of the keys that mean the same. */
export function valuesOf(dictionary: PdfDictionary, ...keys: readonly string[]): PdfValue[] {
  const values: PdfValue[] = [];
  for (const [key, value] of dictionary.pairs) if (keys.includes(key)) values.push(value);
  return values;
}

export function entryOf(dictionary: PdfDictionary, key: string): PdfValue | undefined {
  return dictionary.pairs.find(([name]) => name === key)?.[1];
}

export function nameOf(value: PdfValue | undefined): string | undefined {
  return typeof value === "object" && value.kind === "name" ? value.name : undefined;
}

export function hasName(dictionary: PdfDictionary, key: string, name: string): boolean {
  return dictionary.pairs.some(([other, value]) => other === key && nameOf(value) === name);
}
