/** What the scan service needs for remembering verdicts, from the settings and the places of this user. */
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { Settings } from "../core/settings.ts";
import { programIdentity } from "../scan/program-identity.ts";
import type { CacheOptions } from "../scan/service-client.ts";
import { type Environment, stateDirectory } from "../storage/paths.ts";
import { VerdictCacheFile } from "../storage/verdict-cache-file.ts";

/** Undefined when nothing is to be remembered. */
export function rememberedVerdicts(
  { cache: { isOn, entries } }: Settings,
  { env, logger, clock }: { readonly env: Environment; readonly logger: Logger; readonly clock: Clock },
): CacheOptions | undefined {
  if (!isOn) return undefined;
  const program = programIdentity();
  const directory = stateDirectory(env);
  if (program === undefined || directory === undefined) return { entries, program: "", store: undefined };
  const store = new VerdictCacheFile({ path: join(directory, "verdicts"), entries, logger, clock });
  return { entries, program, store };
}
