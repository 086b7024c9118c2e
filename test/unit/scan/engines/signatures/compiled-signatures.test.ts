import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UserError } from "../../../../../src/core/errors.ts";
import { serviceLimits } from "../../../../../src/core/scan-limits.ts";
import { loadCompiled, saveCompiled } from "../../../../../src/scan/engines/signatures/compiled-signatures.ts";
import { loadSignatures } from "../../../../../src/scan/engines/signatures/load-signatures.ts";
import { buildDatabase } from "../../../../support/build-database.ts";
import { compileTexts, inspectWith } from "../../../../support/signatures.ts";

const TEXTS = {
  "a.hdb": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:5:Digest-1",
  "a.ndb": `Needle-1:0:*:${hex("needle")}\nGap-2:0:*:${hex("one")}{2-9}${hex("two")}(61|62)`,
  "a.ldb": `Logic-1;Target:0;0&1;${hex("three")};0(>>5#ib1#>0)\nRegex-1;Target:0;0&1;${hex("four")};0/fi+ve/`,
  "a.cdb": "Box-1:CL_TYPE_ZIP:*:evil:*:*:*:*:*:*",
};
const CONTENT = Buffer.from("needle one...two a three! four fiiive");

describe("loadCompiled()", () => {
  test("finds what the compiled signatures find", async () => {
    const compiled = await compileTexts(TEXTS);
    const loaded = loadCompiled(Buffer.from(saveCompiled(compiled)));
    expect(loaded?.about).toEqual(compiled.about);
    const names = ["Needle-1", "Logic-1", "Regex-1"];
    expect(inspectWith(compiled, CONTENT).names).toEqual(names);
    expect(loaded === undefined ? [] : inspectWith(loaded, CONTENT).names).toEqual(names);
  });

  test("keeps all tables in memory that threads share", async () => {
    const { file } = await compileTexts(TEXTS);
    expect(file.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(structuredClone(file).buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test("does not take a file that is not what was written", async () => {
    const file = Buffer.from(saveCompiled(await compileTexts(TEXTS)));
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
        const damaged = Buffer.from(file);
        damaged[position] = (damaged[position] ?? 0) ^ change;
        // Octets between tables mean nothing.
        const loaded = loadCompiled(damaged);
        if (loaded !== undefined) expect(inspectWith(loaded, CONTENT).names).toHaveLength(3);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.nat(file.length - 1), (length) => {
        expect(loadCompiled(file.subarray(0, length))).toBeUndefined();
      }),
    );
    expect(loadCompiled(Buffer.alloc(0))).toBeUndefined();
    expect(loadCompiled(Buffer.alloc(1_000))).toBeUndefined();
  });

  test("has an identity of what is in it, and of nothing else", async () => {
    const first = await compileTexts(TEXTS);
    expect((await compileTexts(TEXTS)).about.identity).toBe(first.about.identity);
    expect((await compileTexts({ ...TEXTS, "b.hdb": "# a comment" })).about.identity).toBe(first.about.identity);
    const other = { ...TEXTS, "a.hdb": "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:5:Digest-1" };
    expect((await compileTexts(other)).about.identity).not.toBe(first.about.identity);
    const renamed = { ...TEXTS, "a.hdb": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:5:Digest-2" };
    expect((await compileTexts(renamed)).about.identity).not.toBe(first.about.identity);
  });
});

describe("loadSignatures()", () => {
  let folder: string;
  let cache: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailward-test-"));
    cache = join(folder, "cache");
  });

  afterEach(() => rm(folder, { recursive: true }));

  test("loads files, folders and containers", async () => {
    const database = join(folder, "clamav");
    await Promise.all([
      put("clamav/local.ndb", TEXTS["a.ndb"]),
      put("clamav/daily.cld", buildDatabase({ "daily.hdb": TEXTS["a.hdb"] })),
      put("clamav/freshclam.dat", "not for us"),
      put("clamav/sub/more.ndb", `Sub:0:*:${hex("needle")}`),
    ]);
    const file = await put("own.ldb", TEXTS["a.ldb"]);
    const { signatures, problems } = await loadSignatures([database, file]);
    expect(problems).toEqual([]);
    expect(signatures.about.counts).toEqual({ ndb: 2, hdb: 1, ldb: 2 });
    expect(inspectWith(signatures, CONTENT).names).toEqual(["Needle-1", "Logic-1", "Regex-1"]);
  });

  test("takes the newer of two forms of one database", async () => {
    const database = (name: string, version: number): Buffer =>
      buildDatabase({ "daily.ndb": `${name}:0:*:${hex("needle")}` }, { version });
    await put("db/daily.cvd", database("Older", 5));
    await put("db/daily.cld", database("Newer", 6));
    const { signatures } = await loadSignatures([join(folder, "db")]);
    expect(inspectWith(signatures, CONTENT).names).toEqual(["Newer"]);
  });

  test("works without any", async () => {
    expect((await loadSignatures([])).signatures.about.counts).toEqual({});
  });

  test("uses the compiled form as long as the files are the same", async () => {
    const path = await put("large.ndb", large("Sig"));
    const first = await loadSignatures([path], cache);
    const [name = ""] = await readdir(cache);
    const written = await stat(join(cache, name));
    const second = await loadSignatures([path], cache);
    expect(second.signatures.about).toEqual(first.signatures.about);
    expect((await stat(join(cache, name))).ino).toBe(written.ino);
    expect(inspectWith(second.signatures, CONTENT).names).toEqual(["Needle-1"]);
  });

  test.each<[string, (path: string, compiled: string) => Promise<unknown>]>([
    ["a file has changed", (path) => writeFile(path, large("Other"))],
    ["a file has another time", (path) => utimes(path, 1, 1)],
    [
      "it is damaged",
      async (_, compiled) => {
        const bytes = await readFile(compiled);
        bytes.fill(0x55, 5_000, 5_100);
        await writeFile(compiled, bytes);
      },
    ],
    ["it is cut off", async (_, compiled) => writeFile(compiled, (await readFile(compiled)).subarray(0, 2_000))],
    ["others may write to it", (_, compiled) => chmod(compiled, 0o666)],
  ])("compiles again when %s", async (_name, change) => {
    const path = await put("large.ndb", large("Sig"));
    await loadSignatures([path], cache);
    const [name = ""] = await readdir(cache);
    const compiled = join(cache, name);
    const { ino } = await stat(compiled);
    await change(path, compiled);
    const { signatures } = await loadSignatures([path], cache);
    expect(inspectWith(signatures, CONTENT).names).toEqual(["Needle-1"]);
    expect((await stat(compiled)).ino).not.toBe(ino);
    expect(((await stat(compiled)).mode & 0o777).toString(8)).toBe("600");
  });

  test("keeps no more compiled forms than a few", async () => {
    for (const index of [1, 2, 3, 4, 5, 6]) {
      await loadSignatures([await put(`${index}.ndb`, large(`Sig.${index}`))], cache);
    }
    expect(await readdir(cache)).toHaveLength(4);
  });

  test("does without a place for the compiled form", async () => {
    const path = await put("large.ndb", large("Sig"));
    const blocked = await put("blocked", "a file");
    const { signatures } = await loadSignatures([path], join(blocked, "cache"));
    expect(inspectWith(signatures, CONTENT).names).toEqual(["Needle-1"]);
  });

  test("names the problems, and no more of them than the daemon takes", async () => {
    const paths = await Promise.all(
      ["a.hdb", "b.hdb"].map((name) => put(name, `${TEXTS["a.hdb"]}\n${"x\n".repeat(1_000)}`)),
    );
    const { problems } = await loadSignatures(paths);
    expect(problems[0]).toBe(`${paths[0]}:2: expected digest:size:name`);
    expect(problems.length).toBeLessThan(serviceLimits.problems);
    expect(problems.at(-1)).toMatch(/^there are \d+ more such problems/);
  });

  test("says what it does not use", async () => {
    const good = await put("a.ndb", `${TEXTS["a.ndb"]}\nA:1:VI:6161\nB:1:VI:6162`);
    const other = await put("db/a.cbc", "x");
    await put("db/b.ndb", TEXTS["a.ndb"]);
    const { problems } = await loadSignatures([good, join(folder, "db")]);
    expect(problems).toEqual([
      `${good}:3: offsets in version information are not supported; 2 signatures are left out for this, the first in this line`,
      `${other}: not used (bytecode)`,
    ]);
  });

  test.each<[string, Record<string, string>, string, RegExp]>([
    ["is not there", {}, "missing.hdb", /^Cannot read the signatures in ".*missing\.hdb": there is no such file$/],
    [
      "is no list",
      { "a.hdb": "[rules]\n" },
      "a.hdb",
      /nothing in it is a signature \(line 1: expected digest:size:name\)$/,
    ],
    ["has another name", { "a.txt": "x" }, "a.txt", /nothing in it is a signature \(its name is none of ClamAV's\)$/],
    ["is for other purposes", { "a.cbc": "x" }, "a.cbc", /nothing in it is a signature \(bytecode\)$/],
    [
      "is an empty folder",
      { "db/x.txt": "x" },
      "db",
      /nothing in it is a signature \(there is no file of ClamAV's in it\)$/,
    ],
    [
      "is a damaged database",
      { "a.cvd": "x" },
      "a.cvd",
      /nothing in it is a signature \(it does not begin as a database of ClamAV does\)$/,
    ],
    [
      "is not supported at all",
      { "a.ndb": "A:1:VI:6161" },
      "a.ndb",
      /\(offsets in version information are not supported\)$/,
    ],
  ])("rejects when what is named %s", async (_name, files, named, message) => {
    const good = await put("good.ndb", TEXTS["a.ndb"]);
    for (const [path, text] of Object.entries(files)) await put(path, text);
    const loading = loadSignatures([good, join(folder, named)]);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(UserError);
  });

  test("takes an empty list for what it is", async () => {
    expect((await loadSignatures([await put("empty.hdb", "# nothing yet\n")])).problems).toEqual([]);
  });

  async function put(path: string, content: string | Buffer): Promise<string> {
    const full = join(folder, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, content);
    return full;
  }
});

/** More than a megabyte, so that it is worth keeping. */
function large(name: string): string {
  return `${TEXTS["a.ndb"]}\n${name}:0:*:${hex("no such text")}\n# ${"x".repeat(1024 * 1024)}\n`;
}

function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}
