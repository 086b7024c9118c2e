/** What the scan threads work with besides the message: read once, shared between them. */
import { createHash } from "node:crypto";
import { errorText, systemErrorText } from "../core/errors.ts";
import { serviceLimits } from "../core/scan-limits.ts";
import type { EngineSettings } from "../core/settings.ts";
import { loadAsset } from "./assets.ts";
import { type CompiledSignatures, signatureCount } from "./engines/signatures/compiled-signatures.ts";
import { type LoadedSignatures, loadSignatures } from "./engines/signatures/load-signatures.ts";
import type { YaraSetup } from "./engines/yara/yara-rules.ts";
import { loadYaraRules } from "./engines/yara/yara-rules.ts";
import type { ScanOptions } from "./judge.ts";
import { loadLastGood, saveLastGood } from "./last-good-signatures.ts";
import { readPasswordFile } from "./password-file.ts";
import type { ServiceReady } from "./service-ready.ts";
import type { ServiceStart } from "./service-request.ts";

/** The `workerData` of a scan thread. The signatures' tables are shared memory. */
export interface ThreadSetup {
  readonly scan: ScanOptions;
  readonly engines: EngineSettings;
  readonly remembersParts: boolean;
  readonly signatures: CompiledSignatures;
  /** The user's list of passwords for archives. */
  readonly passwords: readonly string[];
  /** 7-Zip's WebAssembly, in shared memory; absent where the program has lost it. */
  readonly sevenZip: Uint8Array | undefined;
  /** The user's YARA rules; absent when there are none. */
  readonly yara: YaraSetup | undefined;
}

export interface ThreadData {
  readonly setup: ThreadSetup;
  /** What is wrong but does not keep the service from working, a line each. */
  readonly problems: readonly string[];
  readonly loaded: ServiceReady;
}

/** Rejects with a UserError when a list cannot be read, or holds nothing that can: protection that was asked for must
 *  not be missing in silence. */
export async function loadThreadData(start: ServiceStart): Promise<ThreadData> {
  const { scan, engines, remembersParts = false } = start;
  const { sevenZip, passwords, problems: missing } = await loadForArchives(start);
  const { signatures, problems } = await loadDatabases(start);
  const yara = await loadYaraRules(engines.yara.rules);
  const databases = signatures.about.identity;
  const rest = JSON.stringify([passwords, sevenZip === undefined, yara?.identity]);
  const identity = createHash("sha256").update(databases).update(rest).digest("hex");
  const loaded = { identity, databases, signatures: signatureCount(signatures.about) };
  const setup = { scan, engines, remembersParts, signatures, passwords, sevenZip, yara: yara?.setup };
  return { setup, problems: atMost([...missing, ...(yara?.problems ?? []), ...problems]), loaded };
}

/** The databases that are configured, or those that were loaded last when these have been spoiled since. */
async function loadDatabases({ engines, cacheDirectory, lastGood }: ServiceStart): Promise<LoadedSignatures> {
  try {
    const loaded = await loadSignatures(engines.signatures.files, cacheDirectory);
    if (lastGood !== undefined && cacheDirectory !== undefined) await saveLastGood(cacheDirectory, loaded.signatures);
    return loaded;
  } catch (error) {
    if (cacheDirectory === undefined || !lastGood) throw error;
    const signatures = await loadLastGood(cacheDirectory, lastGood);
    if (signatures === undefined) throw error;
    return { signatures, problems: [`${errorText(error)}; those that were loaded last are used`] };
  }
}

/** What opening archives takes besides their octets. */
async function loadForArchives({ passwordFile }: ServiceStart): Promise<{
  sevenZip: Uint8Array | undefined;
  passwords: readonly string[];
  problems: readonly string[];
}> {
  const list = passwordFile === undefined ? { words: [], problems: [] } : await readPasswordFile(passwordFile);
  const { words: passwords, problems } = list;
  try {
    return { sevenZip: await loadAsset("7zz.wasm"), passwords, problems };
  } catch (error) {
    const problem = `archives that need 7-Zip are not opened: ${systemErrorText(error)}`;
    return { sevenZip: undefined, passwords, problems: [...problems, problem] };
  }
}

/** No more lines than the service may say. */
function atMost(problems: readonly string[]): readonly string[] {
  const max = serviceLimits.problems - 2;
  return problems.length <= max
    ? problems
    : [...problems.slice(0, max), `there are ${problems.length - max} more such problems`];
}
