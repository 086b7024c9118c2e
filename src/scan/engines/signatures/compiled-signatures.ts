/** Databases in the form that scan threads share, and that is kept on disk so that they need not be compiled again. */
import { hash } from "node:crypto";
import type { ContainerTables } from "./container-tables.ts";
import type { GramTable } from "./gram-filter.ts";
import type { DigestKind, HashTable } from "./hash-table.ts";
import type { LogicalTables } from "./logical-tables.ts";
import type { NameTexts } from "./name-table.ts";
import type { PatternScope, PatternTables } from "./pattern-tables.ts";
import type { SignatureProblem, UnsupportedLines } from "./signature-problems.ts";
import { packTables, type Table, unpackIntact, unpackTables } from "./table-file.ts";

/** Plain data: it survives being sent to another thread, which then has the same memory. */
export interface CompiledSignatures {
  readonly file: Uint8Array;
  readonly about: SignatureInfo;
}

/** What is to be told about the databases. */
export interface SignatureInfo {
  /** Of everything loaded: the same signatures, the same identity. */
  readonly identity: string;
  /** Says which files it was made of. */
  readonly sources: string;
  /** Signatures by the extension of the files they are in. */
  readonly counts: Readonly<Record<string, number>>;
  readonly databases: readonly DatabaseVersion[];
  readonly problems: readonly SignatureProblem[];
  readonly unsupported: readonly UnsupportedLines[];
  /** Files that are not used. */
  readonly unused: readonly { readonly path: string; readonly why: string }[];
  /** Signatures for other versions of ClamAV. */
  readonly skipped: number;
  /** Names that are ignored. */
  readonly ignored: number;
}

/** What the header of one of ClamAV's containers says. */
export interface DatabaseVersion {
  readonly path: string;
  readonly version: number;
  /** As it stands there: "16 Sep 2021 08-32 -0400". */
  readonly builtAt: string;
  readonly signatures: number;
  /** The functionality level of ClamAV that it wants. */
  readonly level: number;
  readonly builder: string;
}

/** All tables; views of the file. */
export interface SignatureTables {
  readonly names: NameTexts;
  readonly patterns: PatternTables;
  readonly logical: LogicalTables;
  readonly containers: ContainerTables;
  readonly digests: readonly HashTable[];
  /** Of the sections of executables. */
  readonly sections: readonly HashTable[];
  /** Files that are harmless whatever is found in them. */
  readonly knownGood: readonly HashTable[];
}

export function packSignatures(
  signatures: SignatureTables,
  about: Omit<SignatureInfo, "identity">,
): CompiledSignatures {
  const { names, patterns, logical, containers } = signatures;
  const tables = new Map<string, Table>();
  const put = (prefix: string, group: object): void => {
    for (const [name, table] of Object.entries(group))
      if (ArrayBuffer.isView(table)) tables.set(`${prefix}.${name}`, table as Table);
  };
  put("names", names);
  put("patterns", patterns);
  put("logical", logical);
  put("containers", containers);
  const scopes = patterns.scopes.map(({ target, grams, direct }, index) => {
    tables.set(`scopes.${index}.direct`, direct);
    for (const [number, gram] of grams.entries()) put(`scopes.${index}.${number}`, gram);
    return {
      target,
      grams: grams.map(({ gramBytes, stride, shift, bucketShift }) => ({ gramBytes, stride, shift, bucketShift })),
    };
  });
  const hashes = Object.fromEntries(
    HASH_GROUPS.map((group) => [
      group,
      signatures[group].map((table, index) => {
        put(`${group}.${index}`, table);
        const { kind, count, bucketBits, hasAnySize } = table;
        return { kind, count, bucketBits, hasAnySize };
      }),
    ]),
  );
  const shape = { scopes, hashes };
  let info: SignatureInfo = { ...about, identity: "" };
  const file = packTables(tables, (digest) => {
    info = { ...about, identity: hash("sha256", digest + JSON.stringify(shape)) };
    return { shape, info };
  });
  return { file, about: info };
}

/** The file of `saveCompiled`; undefined when it is damaged or of another version. */
export function loadCompiled(file: Uint8Array): CompiledSignatures | undefined {
  const about = unpackIntact(file)?.about as About | undefined;
  return about === undefined ? undefined : { file, about: about.info };
}

/** What to write to disk. */
export function saveCompiled({ file }: CompiledSignatures): Uint8Array {
  return file;
}

/** Throws when the file is none: it comes from `compileSignatures` or from `loadCompiled`. */
export function openSignatures({ file }: CompiledSignatures): SignatureTables {
  const unpacked = unpackTables(file);
  if (unpacked === undefined) throw new Error("the compiled signatures are not usable");
  const { shape } = unpacked.about as About;
  const group = <T extends object>(prefix: string): T =>
    Object.fromEntries(
      [...unpacked.tables]
        .filter(([name]) => name.startsWith(`${prefix}.`))
        .map(([name, table]) => [name.slice(prefix.length + 1), table]),
    ) as T;
  const scopes = shape.scopes.map(
    ({ target, grams }, index): PatternScope => ({
      target,
      direct: group<{ direct: Int32Array }>(`scopes.${index}`).direct,
      grams: grams.map((gram, number) => ({ ...group<GramTable>(`scopes.${index}.${number}`), ...gram })),
    }),
  );
  const hashTables = (name: HashGroup): HashTable[] =>
    shape.hashes[name].map((table, index) => ({ ...group<HashTable>(`${name}.${index}`), ...table }));
  return {
    names: group("names"),
    patterns: { ...group<PatternTables>("patterns"), scopes },
    logical: group("logical"),
    containers: group("containers"),
    digests: hashTables("digests"),
    sections: hashTables("sections"),
    knownGood: hashTables("knownGood"),
  };
}

/** Signatures that content is compared with, those to ignore and digests of harmless files not counted. */
export function signatureCount({ counts }: SignatureInfo): number {
  return Object.entries(counts).reduce((sum, [name, count]) => sum + (NO_SIGNATURES.includes(name) ? 0 : count), 0);
}

/** What is in the file besides tables. Its checksum says that this program wrote it. */
interface About {
  readonly shape: {
    readonly scopes: readonly {
      readonly target: number;
      readonly grams: readonly Pick<GramTable, "gramBytes" | "stride" | "shift" | "bucketShift">[];
    }[];
    readonly hashes: Readonly<
      Record<
        HashGroup,
        readonly {
          readonly kind: DigestKind;
          readonly count: number;
          readonly bucketBits: number;
          readonly hasAnySize: boolean;
        }[]
      >
    >;
  };
  readonly info: SignatureInfo;
}

type HashGroup = (typeof HASH_GROUPS)[number];

const HASH_GROUPS = ["digests", "sections", "knownGood"] as const;
const NO_SIGNATURES: readonly string[] = ["ign", "ign2", "fp", "sfp"];
