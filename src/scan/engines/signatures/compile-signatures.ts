/** From databases as they are to tables: what the scan service does at its start, unless it finds the result on disk. */
import type { CompiledSignatures } from "./compiled-signatures.ts";
import { containedFiles, hasRightChecksum, readDatabaseHeader } from "./database-container.ts";
import { type CompilerOptions, SignatureCompiler, type SignatureFile } from "./signature-compiler.ts";
import { signatureFormat } from "./signature-format.ts";

export interface CompilationResult {
  readonly signatures: CompiledSignatures;
  /** By path of the files given: signatures, names and digests taken from each. */
  readonly taken: ReadonlyMap<string, number>;
}

/** Compiles files of any of ClamAV's forms, containers included. */
export async function compileSignatures(
  files: Iterable<SignatureFile> | AsyncIterable<SignatureFile>,
  options?: CompilerOptions,
): Promise<CompiledSignatures> {
  return (await compileFiles(files, options)).signatures;
}

/** The same, and what came of each file. */
export async function compileFiles(
  files: Iterable<SignatureFile> | AsyncIterable<SignatureFile>,
  options?: CompilerOptions,
): Promise<CompilationResult> {
  const compiler = new SignatureCompiler(options);
  const taken = new Map<string, number>();
  for await (const file of files) {
    const before = compiler.count;
    if (signatureFormat(file.path)?.kind === "database") await addDatabase(compiler, file);
    else compiler.add(file);
    taken.set(file.path, compiler.count - before);
  }
  return { signatures: compiler.finish(), taken };
}

async function addDatabase(compiler: SignatureCompiler, { path, bytes }: SignatureFile): Promise<void> {
  const header = readDatabaseHeader(path, bytes);
  if (header === undefined) return compiler.addProblem(path, 0, "it does not begin as a database of ClamAV does");
  if (!hasRightChecksum(path, bytes, header.md5)) return compiler.addProblem(path, 0, "its checksum is wrong");
  const { md5: _, ...version } = header;
  compiler.addDatabase(version);
  for await (const file of containedFiles(bytes, (problem) => compiler.addProblem(path, 0, problem))) {
    // Licences and the like are nothing to wonder about.
    if (signatureFormat(file.name) !== undefined) compiler.add({ path: `${path}/${file.name}`, bytes: file.bytes });
  }
}
