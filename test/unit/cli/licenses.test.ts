import { expect, test } from "vitest";
import { cliHome } from "../../support/run-cli.ts";

test("licenses says from where they can be had when it runs from its source", async () => {
  const { code, stdout, stderr } = await cliHome().run("licenses");
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toBe(
    "mailward: Cannot print the licences: this is the source, which contains nothing of others\n" +
      "npm run build writes dist/NOTICE and a program that can print it\n",
  );
});
