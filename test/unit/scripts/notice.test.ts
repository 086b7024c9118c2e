import { join } from "node:path";
import type { Metafile } from "esbuild";
import { describe, expect, test } from "vitest";
import { collectLicenses, noticeOf } from "../../../scripts/notice.ts";
import { ASSETS } from "../../../src/scan/assets.ts";

const root = join(import.meta.dirname, "../../..");
const none = { inputs: {}, outputs: {} };

describe("collectLicenses()", () => {
  test("has every package that gave code, once, by name", async () => {
    const metafile = { ...none, inputs: inputs("node_modules/zod/index.js", "node_modules/cac/a.js", "src/main.ts") };
    const licenses = await collectLicenses(root, [metafile, metafile], []);
    expect(licenses.map(({ name, license }) => [name, license])).toEqual([
      ["cac", "MIT"],
      ["zod", "MIT"],
    ]);
    for (const { version, text } of licenses) {
      expect(version).toMatch(/^\d+\./);
      expect(text).toContain("Permission is hereby granted");
    }
  });

  test("has 7-Zip's terms in full: its own, the LGPL's text, unRAR's, those of BSD code, and where its source is", async () => {
    const licenses = await collectLicenses(root, [none], Object.values(ASSETS));
    const sevenZip = licenses.find(({ name }) => name === "7z-wasm");
    expect(sevenZip?.license).toBe("LGPL-2.1-or-later AND LicenseRef-unRAR AND BSD-3-Clause AND BSD-2-Clause");
    for (const words of [
      "GNU LESSER GENERAL PUBLIC LICENSE",
      "unRAR restriction",
      "may not be used to develop a RAR (WinRAR) compatible archiver",
      "https://www.7-zip.org/",
      "beside every release",
      "Apple Inc. All rights reserved",
      "Facebook, Inc. All rights reserved",
      "Yann Collet",
      "beside the program",
    ]) {
      expect(sevenZip?.text).toContain(words);
    }
    expect(licenses.find(({ name }) => name === "@virustotal/yara-x")).toMatchObject({
      license: "BSD-3-Clause",
      text: expect.stringContaining("The YARA-X Authors"),
    });
  });
});

describe("noticeOf()", () => {
  test("gives all texts under their names", () => {
    const notice = noticeOf([{ name: "a", version: "1.0.0", license: "MIT", text: "its text\n" }]);
    expect(notice).toContain("a 1.0.0 (MIT)\n\nits text\n");
  });
});

function inputs(...paths: string[]): Metafile["inputs"] {
  return Object.fromEntries(paths.map((path) => [path, { bytes: 1, imports: [] }]));
}
