import { chmodSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadLastGood, saveLastGood } from "../../../../../src/scan/last-good-signatures.ts";
import { compileTexts } from "../../../../support/signatures.ts";
import { temporaryDirectory } from "../../../../support/temporary-directory.ts";

describe("loadLastGood()", () => {
  test("gives back what was saved, by its identity", async () => {
    const { directory, identity } = await saved();
    expect((await loadLastGood(directory, identity))?.about.identity).toBe(identity);
    expect(await loadLastGood(directory, "0".repeat(64))).toBeUndefined();
    expect(await loadLastGood(join(directory, "missing"), identity)).toBeUndefined();
  });

  test("finds it whatever else lies there", async () => {
    const { directory, identity, path } = await saved();
    // As the cache of what is large calls it, so that the others are looked at first.
    renameSync(path, join(directory, "signatures-1"));
    writeFileSync(join(directory, "loaded-0"), "nonsense", { mode: 0o600 });
    for (const name of ["loaded-1", "signatures-0"]) symlinkSync(join(directory, "nowhere"), join(directory, name));
    expect((await loadLastGood(directory, identity))?.about.identity).toBe(identity);
  });

  test("does not use what others can write to, or what was changed", async () => {
    const { directory, identity, path } = await saved();
    chmodSync(path, 0o622);
    expect(await loadLastGood(directory, identity)).toBeUndefined();
    chmodSync(path, 0o600);
    expect(await loadLastGood(directory, identity)).toBeDefined();
    writeFileSync(path, "nonsense");
    expect(await loadLastGood(directory, identity)).toBeUndefined();
  });
});

async function saved(): Promise<{ directory: string; identity: string; path: string }> {
  const directory = temporaryDirectory();
  const signatures = await compileTexts({ "a.hdb": `${"ab".repeat(16)}:5:Some.Name\n` });
  await saveLastGood(directory, signatures);
  const [name = ""] = readdirSync(directory);
  return { directory, identity: signatures.about.identity, path: join(directory, name) };
}
