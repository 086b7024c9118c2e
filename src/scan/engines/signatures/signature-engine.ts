/** The embedded engine: the EICAR test signature, and the user's lists of digests. */
import { hash } from "node:crypto";
import type { Content, Engine, EngineFinding } from "../../engine.ts";
import { EICAR_LITERAL, EICAR_NAME } from "./eicar.ts";
import type { HashSignatures } from "./hash-list.ts";
import { findName, type HashTable, mayContain } from "./hash-table.ts";

/** Literals are looked for everywhere but in a message as a whole, whose octets come again as its parts; digests of
 *  everything that is a file of its own or may be. */
export function createSignatureEngine(signatures: HashSignatures = { tables: [] }): Engine {
  return {
    name: "signatures",
    inspect(content) {
      const findings: EngineFinding[] = [];
      if (content.origin !== "message" && content.bytes.indexOf(EICAR_LITERAL) >= 0) findings.push(EICAR_FINDING);
      for (const table of signatures.tables) {
        const name = hashName(table, content);
        if (name !== undefined) findings.push({ name, kind: "malware" });
      }
      return findings;
    },
  };
}

function hashName(table: HashTable, { bytes, origin }: Content): string | undefined {
  if (origin === "header" || origin === "encoded" || !mayContain(table, bytes.length)) return undefined;
  return findName(table, hash(table.kind, bytes, "buffer"), bytes.length);
}

const EICAR_FINDING: EngineFinding = { name: EICAR_NAME, kind: "malware" };
