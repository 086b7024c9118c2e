/** YARA rules for tests, compiled in this thread. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createYaraEngine, type YaraEngine } from "../../src/scan/engines/yara/yara-engine.ts";
import { type LoadedYara, loadYaraRules } from "../../src/scan/engines/yara/yara-rules.ts";

/** The rules of files with these names, as the program loads them. */
export async function loadRules(files: Readonly<Record<string, string>>): Promise<LoadedYara> {
  const folder = mkdtempSync(join(tmpdir(), "mailward-yara-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const loaded = await loadYaraRules(Object.keys(files).map((name) => join(folder, name)));
    if (loaded === undefined) throw new Error("there are no rules");
    return { ...loaded, problems: loaded.problems.map((problem) => problem.replace(`${folder}/`, "")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An engine with the rules of one source text. */
export async function yaraEngine(source: string, timeMs = 60_000): Promise<YaraEngine> {
  const { setup } = await loadRules({ "test.yar": source });
  return createYaraEngine(setup, timeMs, () => performance.now());
}
