import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { passwordLimits } from "../../../../src/core/scan-limits.ts";
import { readPasswordFile } from "../../../../src/scan/password-file.ts";

describe("readPasswordFile()", () => {
  let folder: string;
  let path: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailward-passwords-"));
    path = join(folder, "passwords");
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("gives every line once, as it is", async () => {
    await writeFile(path, "\ufefffirst\r\n two words \n\nfirst\n#no comment");
    expect(await readPasswordFile(path)).toEqual({ words: ["first", " two words ", "#no comment"], problems: [] });
  });

  test("says which lines it does not take", async () => {
    const lines = Array.from({ length: passwordLimits.listWords + 1 }, (_, index) => `word ${index}`);
    await writeFile(path, [...lines, "x".repeat(passwordLimits.wordCharacters + 1)].join("\n"));
    const { words, problems } = await readPasswordFile(path);
    expect(words).toHaveLength(passwordLimits.listWords);
    expect(problems).toEqual([
      `${path}: only the first ${passwordLimits.listWords} passwords are used`,
      `${path}: passwords of more than ${passwordLimits.wordCharacters} characters are not used`,
    ]);
  });

  test("refuses what is too large or no file", async () => {
    await writeFile(path, Buffer.alloc(passwordLimits.listBytes));
    expect((await readPasswordFile(path)).words).toEqual([]);
    await writeFile(path, Buffer.alloc(passwordLimits.listBytes + 1));
    await expect(readPasswordFile(path)).rejects.toThrow(`Cannot read the passwords "${path}": it has more than`);
    await expect(readPasswordFile(folder)).rejects.toThrow("it is not a regular file");
    await expect(readPasswordFile(join(folder, "missing"))).rejects.toThrow("no such file");
  });
});
