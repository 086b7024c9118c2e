/** What the forms of `mailward db` work with. */
import { databaseFolder } from "../app/database-files.ts";
import { type DatabaseSource, parseDatabaseSource } from "../config/database-source.ts";
import { UserError } from "../core/errors.ts";
import type { Settings } from "../core/settings.ts";
import { DatabaseDirectory } from "../storage/database-directory.ts";
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";

/** What each form is handed: its words, and what everything else says. */
export interface DbRequest {
  readonly words: readonly string[];
  readonly options: CliOptions;
  readonly context: CliContext;
  readonly settings: Settings;
}

/** The sources of the settings, which are known to be well-formed. */
export function sourcesOf({ databases }: Settings): readonly DatabaseSource[] {
  return databases.sources.flatMap((text) => {
    const parsed = parseDatabaseSource(text);
    return parsed.type === "ok" ? [parsed.value] : [];
  });
}

/** The folder for what is fetched, as it is now. */
export function directoryOf({ settings, context }: DbRequest): DatabaseDirectory {
  const folder = databaseFolder(settings, context.env);
  if (folder !== undefined) return new DatabaseDirectory(folder);
  throw new UserError("Cannot keep databases: there is no home directory to keep them in", {
    hint: "Name a folder: mailward config set signatures.directory FOLDER",
  });
}
