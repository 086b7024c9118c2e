import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserError } from "../../../../src/core/errors.ts";
import { scanLimits, serviceLimits } from "../../../../src/core/scan-limits.ts";
import { loadThreadData } from "../../../../src/scan/service-data.ts";
import { signatureFiles } from "../../../support/engine-settings.ts";

const MD5 = createHash("md5").update("bad").digest("hex");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mailward-test-"));
});

afterAll(() => rm(folder, { recursive: true }));

test("loadThreadData() puts the databases into memory that threads share", async () => {
  const { setup, problems, loaded } = await load(await list("good.hdb", `${MD5}:3:Bad.One\n`));
  expect(problems).toEqual([]);
  expect(setup.signatures.about.counts).toEqual({ hdb: 1 });
  expect(setup.signatures.file.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(setup.scan).toBe(scanLimits);
  expect(loaded).toMatchObject({ signatures: 1, databases: setup.signatures.about.identity });
});

test("loadThreadData() works without databases", async () => {
  const { setup, problems } = await load();
  expect(setup.signatures.about.counts).toEqual({});
  expect(problems).toEqual([]);
});

test("loadThreadData() keeps the good lines of a database and names the others", async () => {
  const path = await list("mixed.hdb", `nonsense\n${MD5}:3:Bad.One\n`);
  const { setup, problems } = await load(path);
  expect(setup.signatures.about.counts).toEqual({ hdb: 1 });
  expect(problems).toEqual([`${path}:1: expected digest:size:name`]);
});

test("loadThreadData() names no more problems than the daemon takes", async () => {
  const paths = await Promise.all(
    ["a.hdb", "b.hdb"].map((name) => list(name, `${MD5}:3:Bad.One\n${"nonsense\n".repeat(1_000)}`)),
  );
  const { problems } = await load(...paths);
  expect(problems.length).toBeLessThan(serviceLimits.problems);
  expect(problems.at(-1)).toMatch(/^there are \d+ more such problems/);
});

test("loadThreadData() rejects when a database is missing or is none", async () => {
  const good = await list("good.hdb", `${MD5}:3:Bad.One\n`);
  const missing = join(folder, "missing.hdb");
  await expect(load(good, missing)).rejects.toThrow(
    `Cannot read the signatures in "${missing}": there is no such file`,
  );
  const other = await list("other.hdb", "[rules]\nrule = 1\n");
  await expect(load(good, other)).rejects.toThrow(`"${other}": nothing in it is a signature (line 1: `);
  await expect(load(other)).rejects.toThrow(UserError);
});

async function list(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

function load(...files: string[]): ReturnType<typeof loadThreadData> {
  const engines = signatureFiles(...files);
  return loadThreadData({ scan: scanLimits, threads: 1, engines, passwordFile: undefined });
}
