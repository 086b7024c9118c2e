import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readOwnFile } from "../../../../../src/scan/engines/signatures/own-file.ts";
import { temporaryDirectory } from "../../../../support/temporary-directory.ts";

describe("readOwnFile()", () => {
  test("reads into memory that threads share", async () => {
    const path = join(temporaryDirectory(), "file");
    writeFileSync(path, "octets", { mode: 0o600 });
    const octets = await readOwnFile(path);
    expect(octets?.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(octets).toEqual(Uint8Array.from(Buffer.from("octets")));
  });

  test("does not read what others may write to", async () => {
    const path = join(temporaryDirectory(), "file");
    writeFileSync(path, "octets");
    for (const mode of [0o620, 0o602, 0o666]) {
      chmodSync(path, mode);
      expect(await readOwnFile(path)).toBeUndefined();
    }
  });

  test("reads files alone, and waits for nobody who might write into something else", async () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, "folder"), { mode: 0o700 });
    execFileSync("mkfifo", ["-m", "600", join(folder, "pipe")]);
    expect(await readOwnFile(join(folder, "folder"))).toBeUndefined();
    expect(await readOwnFile(join(folder, "pipe"))).toBeUndefined();
  });
});
