import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../../../src/core/errors.ts";
import { scanLimits } from "../../../../src/core/scan-limits.ts";
import { loadThreadData } from "../../../../src/scan/service-data.ts";
import { noEngines } from "../../../support/engine-settings.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

const START = { scan: scanLimits, threads: 1, engines: noEngines, passwordFile: undefined };

test("loadThreadData() brings 7-Zip in memory that threads share", async () => {
  const { setup, problems } = await loadThreadData(START);
  expect(setup.sevenZip?.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(Buffer.from(setup.sevenZip ?? []).toString("latin1", 0, 4)).toBe("\0asm");
  expect(setup.passwords).toEqual([]);
  expect(problems).toEqual([]);
});

test("loadThreadData() reads the user's passwords, which verdicts depend on", async () => {
  const passwordFile = join(temporaryDirectory(), "passwords");
  await writeFile(passwordFile, "one\ntwo\n");
  const { setup, loaded } = await loadThreadData({ ...START, passwordFile });
  expect(setup.passwords).toEqual(["one", "two"]);
  expect(loaded.identity).not.toBe((await loadThreadData(START)).loaded.identity);
  const missing = { ...START, passwordFile: `${passwordFile}-missing` };
  await expect(loadThreadData(missing)).rejects.toThrow(UserError);
});
