/** `mailward db remove`: takes away what `mailward db add` has registered, and what was fetched for it. */
import { resolve } from "node:path";
import { parseDatabaseSource } from "../config/database-source.ts";
import { UserError } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";
import { suggest } from "../core/suggest.ts";
import { changeConfig, requireValid, tellChange } from "./config-change.ts";
import { type DbRequest, directoryOf, sourcesOf } from "./db-request.ts";

export async function removeDatabases(request: DbRequest): Promise<number> {
  const { words } = request;
  if (words.length === 0) {
    throw new UserError("Cannot remove a database: none is given", { hint: "mailward db remove NAME" });
  }
  for (const word of words) await removeOne(word, request);
  return 0;
}

async function removeOne(word: string, request: DbRequest): Promise<void> {
  const { context, settings } = request;
  const source = sourcesOf(settings).find(({ name, url }) => name === word || url === word);
  const path = resolve(context.cwd, word);
  if (source !== undefined) {
    await takeOut("signatures.sources", (text) => nameOf(text) === source.name, request);
    await removeFile(source.name, request);
  } else if (settings.engines.signatures.files.includes(path)) {
    await takeOut("signatures.files", (entry) => entry === path, request);
  } else if (!(await removeFile(word, request))) {
    throw unknown(word, request);
  }
}

async function takeOut(
  key: "signatures.sources" | "signatures.files",
  isMeant: (entry: string) => boolean,
  { context, options }: DbRequest,
): Promise<void> {
  const outcome = await changeConfig(context, options, (current) => {
    const present = requireValid(current).values[key];
    return { key, value: present.filter((entry) => !isMeant(entry)) };
  });
  tellChange(context, key, outcome);
}

/** Also one that no source is registered for any more. */
async function removeFile(name: string, request: DbRequest): Promise<boolean> {
  const directory = directoryOf(request);
  if (!(await directory.names()).includes(name)) return false;
  await directory.change(() => directory.remove(name));
  request.context.stdout.write(`${name}: removed\n`);
  return true;
}

function unknown(word: string, { settings }: DbRequest): UserError {
  const names = [...sourcesOf(settings).map(({ name }) => name), ...settings.engines.signatures.files];
  const nearest = suggest(word, names);
  return new UserError(`Cannot remove "${sanitize(word, 100)}": there is no such database`, {
    hint: nearest === undefined ? "The databases: mailward db info" : `Did you mean "${sanitize(nearest)}"?`,
  });
}

function nameOf(text: string): string | undefined {
  const parsed = parseDatabaseSource(text);
  return parsed.type === "ok" ? parsed.value.name : undefined;
}
