import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { asProgram, bundle } from "../../../scripts/bundle.ts";
import { patches } from "../../../scripts/bundle-patches.ts";
import { nodeGuard } from "../../../scripts/node-guard.ts";
import { packageFolder } from "../../../scripts/notice.ts";

const root = join(import.meta.dirname, "../../..");

describe("bundle()", () => {
  it("makes one CommonJS file that evaluates the terminal library only when it is used", async () => {
    const { text } = await bundle(join(root, "test/support/ink-entry.ts"));
    const required: string[] = [];
    const nodeRequire = createRequire(import.meta.url);
    const module = { exports: {} as { frame(text: string): Promise<string> } };
    const recordingRequire = (name: string): unknown => {
      required.push(name);
      return nodeRequire(name);
    };
    new Function("require", "module", "exports", "__filename", asProgram(text).replace(/^#!.*/, ""))(
      recordingRequire,
      module,
      module.exports,
      "/x/mailward.cjs",
    );
    expect(required).toEqual(["node:url"]);
    expect(await module.exports.frame("hello")).toBe("┌───────┐\n│hello  │\n└───────┘");
    expect(required.every((name) => nodeRequire("node:module").isBuiltin(name))).toBe(true);
  });

  it("holds the build's own form of a module", async () => {
    const entry = join(root, "src/core/version.ts");
    const replacement = 'export const version: string = "9.8.7";';
    expect((await bundle(entry, new Map([["src/core/version.ts", replacement]]))).text).toContain("9.8.7");
    await expect(bundle(entry, new Map([["src/core/gone.ts", replacement]]))).rejects.toThrow("src/core/gone.ts");
  });
});

describe("patches", () => {
  it.each([
    "ink/build/reconciler.js",
    "yoga-layout/dist/src/index.js",
    "yoga-layout/dist/binaries/yoga-wasm-base64-esm.js",
  ])("fail the build when %s has changed", (name) => {
    const path = join(root, "node_modules", name);
    const text = readFileSync(path, "utf8");
    const matching = patches.filter(({ file }) => file.test(path));
    expect(matching).toHaveLength(1);
    expect(matching[0]?.apply(text)).not.toBe(text);
    expect(() => matching[0]?.apply("export {};")).toThrow("Cannot patch");
  });
});

describe("nodeGuard()", () => {
  it.each([
    ["20.20.2", ["mailward needs Node 22 or newer; this is v20.20.2\n"], [2]],
    ["4.9.1", ["mailward needs Node 22 or newer; this is v4.9.1\n"], [2]],
    ["22.0.0", [], []],
    ["100.1.0", [], []],
  ])("on Node %s writes %j and exits with %j", (version, lines, codes) => {
    const written: string[] = [];
    const exits: number[] = [];
    const process = {
      version: `v${version}`,
      versions: { node: version },
      stderr: { write: (text: string) => written.push(text) },
      exit: (code: number) => exits.push(code),
    };
    runInNewContext(nodeGuard(), { process });
    expect(written).toEqual(lines);
    expect(exits).toEqual(codes);
  });
});

describe("packageFolder()", () => {
  it("finds the innermost package of a path", () => {
    expect(packageFolder("node_modules/ink/build/index.js")).toEqual(["node_modules/ink"]);
    expect(packageFolder("node_modules/@a/b/c.js")).toEqual(["node_modules/@a/b"]);
    expect(packageFolder("node_modules/a/node_modules/b/c.js")).toEqual(["node_modules/a/node_modules/b"]);
    expect(packageFolder("src/main.ts")).toEqual([]);
  });
});
