/** Which databases the scan service loads: what the settings name, and what `mailward db` has fetched. */
import type { EngineSettings, Settings } from "../core/settings.ts";
import { signatureFormat } from "../scan/engines/signatures/signature-format.ts";
import { DatabaseDirectory } from "../storage/database-directory.ts";
import { databaseDirectory, type Environment } from "../storage/paths.ts";

/** The folder for what is fetched; undefined without a home to keep it in. */
export function databaseFolder(settings: Settings, env: Environment): string | undefined {
  return settings.databases.directory ?? databaseDirectory(env);
}

/** The engines' settings with the fetched databases among the files. */
export async function enginesWithDatabases(settings: Settings, env: Environment): Promise<EngineSettings> {
  const { engines } = settings;
  const folder = databaseFolder(settings, env);
  if (folder === undefined || engines.signatures.files.includes(folder)) return engines;
  const names = await new DatabaseDirectory(folder).names();
  // A folder with nothing for the scan service in it would be an error there.
  if (!names.some(isSignatureFile)) return engines;
  return { ...engines, signatures: { ...engines.signatures, files: [...engines.signatures.files, folder] } };
}

function isSignatureFile(name: string): boolean {
  const kind = signatureFormat(name)?.kind;
  return kind !== undefined && kind !== "known" && kind !== "optional";
}

/** What changes when databases do: files and folders, whether they exist or not. */
export function watchedDatabases(settings: Settings, env: Environment): readonly string[] {
  const { signatures, yara } = settings.engines;
  const folder = databaseFolder(settings, env);
  return [...new Set([...signatures.files, ...yara.rules, ...(folder === undefined ? [] : [folder])])];
}
