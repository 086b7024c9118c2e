import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ASSETS, type AssetName, loadAsset } from "../../../../src/scan/assets.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

const [, program = ""] = process.argv;

describe("loadAsset()", () => {
  afterEach(() => {
    process.argv[1] = program;
  });

  test.each(Object.keys(ASSETS) as AssetName[])(
    "gives %s of its package in memory that threads share",
    async (name) => {
      const octets = await loadAsset(name);
      expect(octets.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(Buffer.from(octets.subarray(0, 4)).toString("latin1")).toBe("\0asm");
    },
  );

  test("takes a file of that name beside the program first", async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, "7zz.wasm"), "another build");
    process.argv[1] = join(folder, "mailward.cjs");
    expect(Buffer.from(await loadAsset("7zz.wasm")).toString()).toBe("another build");
    process.argv[1] = join(folder, "no folder", "mailward.cjs");
    expect((await loadAsset("7zz.wasm")).length).toBeGreaterThan(1_000_000);
  });
});
