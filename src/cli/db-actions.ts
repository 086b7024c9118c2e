/** What the forms of `mailward db` do. */
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import type { DbAction } from "./db.ts";
import type { DbRequest } from "./db-request.ts";

export async function runDb(
  action: DbAction,
  words: readonly string[],
  options: CliOptions,
  context: CliContext,
): Promise<number> {
  const settings = await context.loadSettings(options);
  const request: DbRequest = { words, options, context, settings };
  switch (action) {
    case "info":
      return await (await import("./db-info.ts")).showDatabases(request);
    case "add":
      return await (await import("./db-add.ts")).addDatabases(request);
    case "remove":
      return await (await import("./db-remove.ts")).removeDatabases(request);
    case "update":
      return await (await import("./db-update.ts")).updateDatabases(request);
    case "test":
      return await (await import("./db-test.ts")).testDatabases(request);
  }
}
