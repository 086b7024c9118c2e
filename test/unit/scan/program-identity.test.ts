import { expect, test } from "vitest";
import { programIdentity } from "../../../src/scan/program-identity.ts";

test("programIdentity() is unknown while the sources run: they change without notice", () => {
  expect(programIdentity()).toBeUndefined();
});
