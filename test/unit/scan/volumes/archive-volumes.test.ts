import { describe, expect, test } from "vitest";
import { eicar } from "../../../support/eicar.ts";
import { harmlessTwin } from "../../../support/evasion.ts";
import { volumeEvasions } from "../../../support/evasion-volumes.ts";
import { testScanner } from "../../../support/scan-message.ts";

describe("scan()", () => {
  test.each(volumeEvasions)("finds the test file in $name", ({ build }) => {
    expect(testScanner().scan(build(eicar())).verdict.kind).toBe("infected");
  });

  test.each(volumeEvasions)("finds nothing in the twin of $name", ({ build }) => {
    const { detections } = testScanner().scan(build(harmlessTwin())).verdict;
    expect(detections).toEqual([]);
  });

  test("calls an archive of which a volume is missing incomplete", () => {
    // What begins with whole members is looked at as far as it goes.
    for (const { name, build } of volumeEvasions.filter((evasion) => !/gzip|zip$/.test(evasion.name))) {
      const whole = build(harmlessTwin()).toString("latin1");
      const lacking = whole.slice(0, whole.lastIndexOf("--b\r\n"));
      if (name.includes("gzip")) continue;
      expect([name, testScanner().scan(Buffer.from(lacking, "latin1")).verdict.kind]).toEqual([name, "incomplete"]);
    }
  });
});
