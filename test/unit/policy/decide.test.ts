import { describe, expect, test } from "vitest";
import { type ActionName, CLEAN, type Detection, type Reason, verdictOf } from "../../../src/core/model.ts";
import { type Actions, classesToRemove, decide, decideUpload } from "../../../src/policy/decide.ts";

const MALWARE: Detection = { name: "a", kind: "malware", engine: "e", part: "1", path: [] };
const HEURISTIC: Detection = { ...MALWARE, kind: "heuristic" };
const REASON: Reason = { code: "encrypted", part: "1", detail: "" };

describe("decide()", () => {
  test("delivers what is clean whatever is configured", () => {
    expect(decide(CLEAN, actions("delete", "delete", "delete")).action).toBe("deliver");
  });

  test.each([
    ["infected", verdictOf([MALWARE], []), actions("clean", "pass", "pass")],
    ["suspicious", verdictOf([HEURISTIC], []), actions("pass", "delete", "pass")],
    ["incomplete", verdictOf([], [REASON]), actions("pass", "pass", "delete")],
  ] as const)("replaces what is %s and delivers it when that is to pass", (name, verdict, settings) => {
    expect(decide(verdict, settings)).toEqual({ action: "replace", why: `actions.${name} is ${settings[name]}` });
    expect(decide(verdict, { ...settings, [name]: "pass" })).toEqual({
      action: "deliver",
      why: `actions.${name} is pass`,
    });
  });

  test("does not let a finding that passes cover one that does not", () => {
    const verdict = verdictOf([HEURISTIC], [REASON]);
    expect(decide(verdict, actions("clean", "pass", "delete"))).toEqual({
      action: "replace",
      why: "actions.incomplete is delete",
    });
  });

  test("delivers a message all of whose findings pass, and says so", () => {
    expect(decide(verdictOf([MALWARE, HEURISTIC], [REASON]), actions("pass", "pass", "pass"))).toEqual({
      action: "deliver",
      why: "actions.infected is pass, actions.suspicious is pass, actions.incomplete is pass",
    });
  });

  test.each(["crash", "timeout"] as const)("refuses what was not judged at all (%s), whatever is to pass", (code) => {
    const verdict = verdictOf([], [REASON, { code, part: "", detail: "it was ended" }]);
    for (const settings of [actions("pass", "pass", "pass"), actions("clean", "clean", "delete")]) {
      expect(decide(verdict, settings)).toEqual({ action: "refuse", why: "the scan did not finish: it was ended" });
    }
  });

  test("goes by the kind alone when a verdict lists nothing", () => {
    expect(
      decide({ kind: "incomplete", detections: [], reasons: [] }, actions("clean", "clean", "delete")).action,
    ).toBe("replace");
  });
});

describe("decideUpload()", () => {
  test("refuses what would be changed on its way to a client, and says what was found", () => {
    const settings = actions("clean", "delete", "clean");
    expect(decideUpload(verdictOf([MALWARE], [REASON]), settings)).toEqual({
      action: "refuse",
      why: "infected: a (actions.infected is clean, actions.incomplete is clean)",
    });
    expect(decideUpload(verdictOf([], [{ ...REASON, detail: "a zip" }]), settings)).toEqual({
      action: "refuse",
      why: "incomplete: a zip (actions.incomplete is clean)",
    });
    expect(decideUpload({ kind: "suspicious", detections: [], reasons: [] }, settings)).toEqual({
      action: "refuse",
      why: "suspicious (actions.suspicious is delete)",
    });
  });

  test("goes by decide() for everything else", () => {
    const crash = verdictOf([], [{ ...REASON, code: "crash", detail: "it was ended" }]);
    for (const verdict of [CLEAN, verdictOf([MALWARE], []), verdictOf([], [REASON]), crash]) {
      const settings = actions("pass", "pass", "pass");
      expect(decideUpload(verdict, settings)).toEqual(decide(verdict, settings));
    }
  });
});

describe("classesToRemove()", () => {
  test("names the classes that do not pass, the gravest first", () => {
    const verdict = verdictOf([HEURISTIC, MALWARE], [REASON]);
    expect(classesToRemove(verdict, actions("clean", "pass", "delete"))).toEqual(["infected", "incomplete"]);
    expect(classesToRemove(CLEAN, actions("clean", "clean", "clean"))).toEqual([]);
  });
});

function actions(infected: ActionName, suspicious: ActionName, incomplete: ActionName): Actions {
  return { infected, suspicious, incomplete };
}
