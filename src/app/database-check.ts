/** Loads databases as the scan service does, and says what is in them and what is wrong with them. */
import { type DatabaseVersion, signatureCount } from "../scan/engines/signatures/compiled-signatures.ts";
import { describeProblems, loadSignatures } from "../scan/engines/signatures/load-signatures.ts";

export interface DatabaseCheck {
  /** As the scan service says it of what it has loaded. */
  readonly identity: string;
  readonly signatures: number;
  /** Of everything that counts, lists of what is to be ignored included, by the kind of file that it is in. */
  readonly counts: Readonly<Record<string, number>>;
  /** ClamAV's containers, by the path of each. */
  readonly versions: readonly DatabaseVersion[];
  /** A line for people each, with the file and the number of the line. */
  readonly problems: readonly string[];
}

/** `cacheDirectory` makes it fast where a scan service has loaded the very same paths. Rejects with a UserError when a
 *  path can not be read, or nothing in it is of use. */
export async function checkDatabases(paths: readonly string[], cacheDirectory?: string): Promise<DatabaseCheck> {
  const { about } = (await loadSignatures(paths, cacheDirectory)).signatures;
  const { identity, counts, databases } = about;
  return {
    identity,
    signatures: signatureCount(about),
    counts,
    versions: databases,
    problems: describeProblems(about),
  };
}
