import { expect, test } from "vitest";
import { HEURISTIC_NAMES } from "../../../src/core/heuristics.ts";
import { cliHome } from "../../support/run-cli.ts";

test("heuristics lists every one with what is in force", async () => {
  const home = cliHome();
  await home.run("config", "set", "heuristics.on", "macro");
  await home.run("config", "set", "heuristics.off", "dde");
  const { code, stdout, stderr } = await home.run("heuristics");
  expect([code, stderr]).toEqual([0, ""]);
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/\s{2,}/));
  expect(rows.map(([name]) => name)).toEqual([...HEURISTIC_NAMES]);
  const states = new Map(rows.map(([name, state]) => [name, state]));
  expect(["macro", "dde", "rtlo-name", "script"].map((name) => states.get(name))).toEqual(["on", "off", "on", "off"]);
});

test("heuristics explains those that are named, by the name in a detection too, and says how to change them", async () => {
  const { code, stdout } = await cliHome().run("heuristics", "Heuristics.macro-autorun", "script");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^macro-autorun: .*\(on, by default\)\n/);
  expect(stdout).toContain("mailward heuristics off macro-autorun\n");
  expect(stdout).toContain("mailward heuristics on script\n");
});

test("heuristics says so when all are off, and prints JSON for programs", async () => {
  const home = cliHome();
  await home.run("config", "set", "heuristics.enabled", "false");
  const list = await home.run("heuristics");
  expect(list.stderr).toContain("heuristics.enabled is false: all of them are off");
  const parsed: { name: string; isOn: boolean }[] = JSON.parse((await home.run("heuristics", "--json")).stdout);
  expect(parsed.map(({ name, isOn }) => [name, isOn])).toEqual(HEURISTIC_NAMES.map((name) => [name, false]));
});

test("heuristics refuses a name that there is not, and suggests one", async () => {
  const { code, stderr } = await cliHome().run("heuristics", "macro-autorn");
  expect(code).toBe(2);
  expect(stderr).toBe(
    'mailward: Cannot use "macro-autorn": there is no such heuristic\n' +
      'Did you mean "macro-autorun"? All heuristics: mailward heuristics\n',
  );
});

test("heuristics on and off switch those that are named and leave the others", async () => {
  const home = cliHome();
  const get = async (list: string) => (await home.run("config", "get", `heuristics.${list}`)).stdout.trim().split("\n");
  await home.run("heuristics", "on", "macro");
  const second = await home.run("heuristics", "on", "script,pdf-javascript");
  expect(second.stderr).toContain('heuristics.on: added "script", "pdf-javascript"');
  expect(await get("on")).toEqual(["macro", "script", "pdf-javascript"]);
  await home.run("heuristics", "off", "Heuristics.dde", "script");
  expect([await get("on"), await get("off")]).toEqual([["macro", "pdf-javascript"], ["dde"]]);
  await home.run("heuristics", "on", "dde");
  expect([await get("on"), await get("off")]).toEqual([["macro", "pdf-javascript"], [""]]);
});

test("heuristics on and off say when nothing changes, when it does not count, and when nothing is named", async () => {
  const home = cliHome();
  expect((await home.run("heuristics", "on", "dde")).stderr).toBe("mailward: on already: dde\n");
  await home.run("config", "set", "heuristics.enabled", "false");
  expect((await home.run("heuristics", "on", "macro")).stderr).toContain("all of them are off");
  expect(await home.run("heuristics", "off")).toEqual({
    code: 2,
    stdout: "",
    stderr: "mailward: Cannot switch a heuristic off: none is given\nAll heuristics: mailward heuristics\n",
  });
  expect((await home.run("heuristics", "list")).stdout).toBe((await home.run("heuristics")).stdout);
});
