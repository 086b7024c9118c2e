/** Encrypted PDF documents (ISO 32000-2 §7.6): the standard handler with all its ciphers. Nearly all such documents open
 *  without a password. */
import { createDecipheriv, createHash } from "node:crypto";
import { pdfLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import { fileKey, type KeyMaterial } from "./file-key.ts";
import type { PdfObjects } from "./pdf-objects.ts";
import { entryOf, isDictionary, isString, nameOf, type PdfDictionary, type PdfValue, valuesOf } from "./pdf-value.ts";
import { rc4 } from "./rc4.ts";

type Cipher = "rc4" | "aes-128" | "aes-256" | "aes-256-gcm" | "identity" | "unknown";

/** What belongs to one object. */
export interface Enciphered {
  readonly number: number;
  readonly generation: number;
  readonly bytes: Buffer;
}

export interface SecurityHandler {
  /** Undefined when no known password opens the document. */
  readonly key: Buffer | undefined;
  /** The password that was needed; empty when none was. */
  readonly password: string;
  readonly strings: Cipher;
  readonly streams: Cipher;
  readonly embeddedFiles: Cipher;
  /** By the name of the crypt filter. */
  readonly named: ReadonlyMap<string, Cipher>;
}

/** The ways in which a document is encrypted; none when it is not. */
export function readSecurityHandlers(
  objects: PdfObjects,
  passwords: () => readonly string[],
  budget: Budget,
): SecurityHandler[] {
  const trailers = [...objects.trailers, ...objects.streams.map(({ dictionary }) => dictionary)].filter((dictionary) =>
    dictionary.pairs.some(([key]) => key === "Encrypt"),
  );
  const found = new Map<string, PdfDictionary>();
  for (const trailer of trailers.slice(-MAX_TRAILERS)) {
    for (const value of valuesOf(trailer, "Encrypt").flatMap((entry) => objects.resolve(entry))) {
      if (isDictionary(value) && found.size < pdfLimits.handlers) found.set(identityOf(value), value);
    }
  }
  if (found.size === 0) return [];
  const identifiers = readIdentifiers([...trailers, ...objects.trailers], objects);
  return [...found.values()].map((dictionary) => openHandler(dictionary, identifiers, objects, passwords, budget));
}

/** The octets as they were; undefined when they can not be had. */
export function decipher(
  { key }: SecurityHandler,
  cipher: Cipher,
  { number, generation, bytes }: Enciphered,
): Buffer | undefined {
  if (cipher === "identity") return bytes;
  if (key === undefined) return undefined;
  switch (cipher) {
    case "rc4":
      return rc4(objectKey(key, number, generation, ""), bytes);
    case "aes-128":
      return decipherAes("aes-128-cbc", objectKey(key, number, generation, "sAlT"), bytes);
    case "aes-256":
      return decipherAes("aes-256-cbc", key, bytes);
    case "aes-256-gcm":
      return decipherGcm(key, bytes);
    case "unknown":
      return undefined;
    default:
      return cipher satisfies never;
  }
}

/** Algorithm 1. */
function objectKey(key: Buffer, number: number, generation: number, salt: string): Buffer {
  const place = Buffer.alloc(5);
  place.writeUIntLE(Math.max(0, number) % 2 ** 24, 0, 3);
  place.writeUIntLE(generation % 2 ** 16, 3, 2);
  const digest = createHash("md5").update(key).update(place).update(salt, "latin1").digest();
  return digest.subarray(0, Math.min(16, key.length + 5));
}

function decipherAes(name: string, key: Buffer, bytes: Buffer): Buffer | undefined {
  const end = bytes.length - (bytes.length % 16);
  const size = name === "aes-256-cbc" ? 32 : 16;
  if (end < 32 || key.length !== size) return end < 32 ? Buffer.alloc(0) : undefined;
  const decipherer = createDecipheriv(name, key, bytes.subarray(0, 16)).setAutoPadding(false);
  const plain = decipherer.update(bytes.subarray(16, end));
  const padding = plain[plain.length - 1] ?? 0;
  return padding >= 1 && padding <= 16 ? plain.subarray(0, plain.length - padding) : plain;
}

/** ISO/TS 32003: 12 octets to begin with, and a tag of 16 at the end, which nobody has to believe here. */
function decipherGcm(key: Buffer, bytes: Buffer): Buffer | undefined {
  if (bytes.length < 28 || key.length !== 32) return bytes.length < 28 ? Buffer.alloc(0) : undefined;
  return createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12)).update(bytes.subarray(12, -16));
}

/** Whether anything in the document stays unread. */
export function isLocked({ key, strings, streams, embeddedFiles }: SecurityHandler): boolean {
  return [strings, streams, embeddedFiles].some(
    (cipher) => cipher === "unknown" || (key === undefined && cipher !== "identity"),
  );
}

function openHandler(
  dictionary: PdfDictionary,
  identifiers: readonly Buffer[],
  objects: PdfObjects,
  passwords: () => readonly string[],
  budget: Budget,
): SecurityHandler {
  const reader = new EntryReader(dictionary, objects);
  const ciphers = readCiphers(reader);
  if (reader.name("Filter") !== "Standard") return { key: undefined, password: "", ...ciphers };
  const revision = reader.number("R", 2);
  const material: KeyMaterial = {
    revision,
    keyBytes: keyLengths(reader),
    owner: reader.octets("O"),
    user: reader.octets("U"),
    ownerKey: reader.octets("OE"),
    userKey: reader.octets("UE"),
    permissions: reader.number("P", 0),
    identifiers,
    isMetadataEncrypted: reader.word("EncryptMetadata") !== "false",
  };
  const cost = revision >= 6 ? pdfLimits.slowPasswordCost : pdfLimits.passwordCost;
  const open = budget.passwords.takeEmpty(cost) ? fileKey(material, "") : undefined;
  if (open !== undefined) return { key: open, password: "", ...ciphers };
  for (const password of budget.passwords.inOrder(passwords())) {
    if (budget.isOutOfTime() || !budget.passwords.take(cost)) break;
    const key = fileKey(material, password);
    if (key === undefined) continue;
    budget.passwords.remember(password);
    return { key, password, ...ciphers };
  }
  return { key: undefined, password: "", ...ciphers };
}

function readCiphers(reader: EntryReader): Pick<SecurityHandler, "strings" | "streams" | "embeddedFiles" | "named"> {
  const version = reader.number("V", 0);
  if (version < 4) return { strings: "rc4", streams: "rc4", embeddedFiles: "rc4", named: new Map() };
  const named = new Map<string, Cipher>();
  for (const filters of reader.dictionaries("CF")) {
    for (const [name, value] of filters.pairs.slice(0, MAX_CRYPT_FILTERS)) {
      for (const filter of reader.resolve(value)) {
        if (isDictionary(filter)) named.set(name, METHODS.get(nameOf(entryOf(filter, "CFM")) ?? "None") ?? "unknown");
      }
    }
  }
  const cipher = (name: string | undefined): Cipher =>
    name === undefined ? "identity" : (named.get(name) ?? "identity");
  const streams = cipher(reader.name("StmF"));
  const embeddedFile = reader.name("EFF");
  return {
    strings: cipher(reader.name("StrF")),
    streams,
    embeddedFiles: embeddedFile === undefined ? streams : cipher(embeddedFile),
    named,
  };
}

/** Writers disagree on where the length stands, and whether it counts bits or octets: the right one proves itself. */
function keyLengths(reader: EntryReader): number[] {
  const version = reader.number("V", 0);
  if (version >= 5) return [32];
  const declared = reader.number("Length", 40);
  const stated = declared >= 40 ? declared >> 3 : declared;
  const lengths = [version >= 4 ? 16 : version <= 1 ? 5 : stated, stated, 16, 5];
  return [...new Set(lengths.filter((length) => Number.isInteger(length) && length >= 5 && length <= 16))];
}

function readIdentifiers(trailers: readonly PdfDictionary[], objects: PdfObjects): Buffer[] {
  const identifiers = new Map<string, Buffer>();
  for (const trailer of trailers.slice(-pdfLimits.handlers * 2)) {
    for (const value of valuesOf(trailer, "ID").flatMap((entry) => objects.resolve(entry))) {
      if (typeof value !== "object" || value.kind !== "array") continue;
      const first = value.items[0];
      const [string] = first === undefined ? [] : objects.resolve(first);
      if (isString(string)) identifiers.set(string.bytes.toString("hex", 0, 64), string.bytes);
    }
  }
  // The identifier is that of the first revision; the last trailer is the one in force.
  return [...[...identifiers.values()].slice(-pdfLimits.handlers).reverse(), Buffer.alloc(0)];
}

/** Reads entries of the encryption dictionary. */
class EntryReader {
  readonly #dictionary: PdfDictionary;
  readonly #objects: PdfObjects;

  constructor(dictionary: PdfDictionary, objects: PdfObjects) {
    this.#dictionary = dictionary;
    this.#objects = objects;
  }

  resolve(value: PdfValue): PdfValue[] {
    return this.#objects.resolve(value);
  }

  number(key: string, otherwise: number): number {
    return this.#values(key).find((value) => typeof value === "number") ?? otherwise;
  }

  name(key: string): string | undefined {
    return this.#values(key)
      .map(nameOf)
      .find((name) => name !== undefined);
  }

  word(key: string): string | undefined {
    for (const value of this.#values(key)) if (typeof value === "object" && value.kind === "word") return value.word;
    return undefined;
  }

  octets(key: string): Buffer {
    return this.#values(key).find(isString)?.bytes ?? Buffer.alloc(0);
  }

  dictionaries(key: string): PdfDictionary[] {
    return this.#values(key).filter(isDictionary);
  }

  #values(key: string): PdfValue[] {
    return valuesOf(this.#dictionary, key).flatMap((value) => this.#objects.resolve(value));
  }
}

function identityOf(dictionary: PdfDictionary): string {
  return ["O", "U"]
    .map((key) => entryOf(dictionary, key))
    .map((value) => (isString(value) ? value.bytes.toString("hex", 0, 64) : ""))
    .join(" ");
}

/** ISO 32000-2 table 25. */
const METHODS: ReadonlyMap<string, Cipher> = new Map([
  ["V2", "rc4"],
  ["AESV2", "aes-128"],
  ["AESV3", "aes-256"],
  ["AESV4", "aes-256-gcm"],
  ["None", "identity"],
]);
const MAX_CRYPT_FILTERS = 100;
const MAX_TRAILERS = 1_000;
