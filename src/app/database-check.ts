/** Loads databases as the scan service does, and says what is in them and what is wrong with them. */
import { compileSignatures } from "../scan/engines/signatures/compile-signatures.ts";
import { type DatabaseVersion, signatureCount } from "../scan/engines/signatures/compiled-signatures.ts";
import { findSignatureFiles, readSignatureFiles } from "../scan/engines/signatures/signature-files.ts";

/** A line that is left out; 0 for the file as a whole. */
export interface DatabaseProblem {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
}

export interface DatabaseCheck {
  /** As the scan service says it of what it has loaded. */
  readonly identity: string;
  readonly signatures: number;
  /** Signatures by the kind of file they are in. */
  readonly formats: Readonly<Record<string, number>>;
  /** What the headers of ClamAV's containers say. */
  readonly versions: readonly DatabaseVersion[];
  readonly problems: readonly DatabaseProblem[];
}

/** Rejects with a UserError when a file can not be read. */
export async function checkDatabases(paths: readonly string[]): Promise<DatabaseCheck> {
  const { about } = await compileSignatures(readSignatureFiles(await findSignatureFiles(paths)));
  const unsupported = about.unsupported.map(({ path, firstLine, reason, count }) => ({
    path,
    line: firstLine,
    problem: count === 1 ? reason : `${reason} (${count} signatures, the first in this line)`,
  }));
  const unused = about.unused.map(({ path, why }) => ({ path, line: 0, problem: `not used (${why})` }));
  return {
    identity: about.identity,
    signatures: signatureCount(about),
    formats: about.counts,
    versions: about.databases,
    problems: [...about.problems, ...unsupported, ...unused],
  };
}
