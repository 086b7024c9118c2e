import { runInThisContext } from "node:vm";
import { expect, test } from "vitest";
import { asFunction, mainLoader, workerLoader } from "../../../scripts/code-loader.ts";

test("asFunction() makes a function of a program, in ASCII, that does the same", () => {
  const code = asFunction(
    '#!/usr/bin/env node\nmodule.exports = ["ä".replace(/ä|\u{1f600}/gu, "…"), __filename]; // end',
  );
  expect(code).toMatch(/^[\0-\x7f]*$/);
  const module = { exports: {} };
  runInThisContext(code)(module.exports, undefined, module, "the name", "");
  expect(module.exports).toEqual(["…", "the name"]);
});

test.each([
  ["mainLoader()", mainLoader, ["node", "mailward", "scan"], "program.js of program.cache"],
  ["mainLoader() of the scan service", mainLoader, ["node", "mailward", "scan-service"], "program.js of service.cache"],
  ["workerLoader()", workerLoader, [], "worker.js of worker.cache"],
])("%s runs the code with what was compiled of it, or without", (_name, loader, argv, expected) => {
  const module = { exports: "" };
  const script = class {
    readonly #text: string;
    constructor(code: string, { cachedData }: { cachedData: Buffer }) {
      this.#text = `${code} of ${cachedData.toString("latin1")}`;
    }
    runInThisContext() {
      return (_exports: unknown, _require: unknown, to: { exports: string }) => {
        to.exports = this.#text;
      };
    }
  };
  const getRawAsset = (name: string): ArrayBuffer => new Uint8Array(Buffer.from(name)).buffer;
  const load = (name: string): unknown => (name === "node:sea" ? { getRawAsset } : { Script: script });
  const run = new Function("require", "module", "exports", "__filename", "__dirname", "process", loader());
  run(load, module, {}, "f", "d", { argv });
  expect(module.exports).toBe(expected);
});
