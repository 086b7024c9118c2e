import { describe, expect, test } from "vitest";
import { HEURISTIC_NAMES } from "../../../../../src/core/heuristics.ts";
import {
  describeHeuristic,
  heuristicFinding,
  heuristicPolicy,
} from "../../../../../src/scan/engines/heuristics/catalogue.ts";

describe("describeHeuristic()", () => {
  test.each(HEURISTIC_NAMES)("tells what %s means, in one sentence, and whom it may hit", (name) => {
    const { title, explanation, honestCases } = describeHeuristic(name);
    expect(title).toMatch(/^\p{Lu}.+[^.]$/u);
    expect(explanation).toMatch(/^\p{Lu}.+\.$/u);
    expect(explanation).not.toMatch(/[a-z]\. \p{Lu}/u);
    expect(honestCases).toMatch(/\.$/);
  });
});

describe("heuristicPolicy()", () => {
  test("goes by the default where the user says nothing", () => {
    const isOn = heuristicPolicy({ isOn: true, on: [], off: [] });
    for (const name of HEURISTIC_NAMES) expect(isOn(name)).toBe(describeHeuristic(name).isOnByDefault);
    expect(isOn("disguised-executable")).toBe(true);
    expect(isOn("executable")).toBe(false);
  });

  test("goes by what the user says, and off wins", () => {
    const isOn = heuristicPolicy({ isOn: true, on: ["executable", "script"], off: ["script", "rtlo-name"] });
    expect([isOn("executable"), isOn("script"), isOn("rtlo-name")]).toEqual([true, false, false]);
  });

  test("has all off when heuristics are off", () => {
    const isOn = heuristicPolicy({ isOn: false, on: ["executable"], off: [] });
    expect(HEURISTIC_NAMES.some(isOn)).toBe(false);
  });
});

describe("heuristicFinding()", () => {
  test("is named after the heuristic", () => {
    expect(heuristicFinding("rtlo-name")).toEqual({
      name: "Heuristics.rtlo-name",
      kind: "heuristic",
      engine: "heuristics",
    });
  });
});
