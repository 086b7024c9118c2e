import { describe, expect, test } from "vitest";
import type { Detection } from "../../../../src/core/model.ts";
import { mostSpecific } from "../../../../src/scan/findings.ts";

const at = (part: string, ...path: string[]): Detection => ({
  name: "Test",
  kind: "malware",
  engine: "signatures",
  part,
  path,
});

describe("mostSpecific()", () => {
  test("leaves out a container's detection when the entry in it has the same one", () => {
    const found = [at("2", "a.zip"), at("2", "a.zip", "b.zip", "x.com"), at("2", "a.zip", "b.zip")];
    expect(mostSpecific(found)).toEqual([at("2", "a.zip", "b.zip", "x.com")]);
  });

  test("keeps what differs in part, name, engine or branch", () => {
    const found = [
      at("1", "a.zip"),
      at("2", "a.zip", "x.com"),
      at("2", "other.zip"),
      { ...at("2", "a.zip"), name: "Other" },
      { ...at("2", "a.zip"), engine: "hashes" },
    ];
    expect(mostSpecific(found)).toEqual(found);
  });
});
