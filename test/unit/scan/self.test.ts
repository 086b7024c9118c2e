import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { selfCommand } from "../../../src/scan/self.ts";

describe("selfCommand()", () => {
  it("is this Node with the entry file when the sources run", () => {
    const { command, args } = selfCommand();
    expect(command).toBe(process.execPath);
    expect(args).toHaveLength(1);
    expect(args[0]).toMatch(/[\\/]src[\\/]main\.ts$/);
    expect(existsSync(args[0] ?? "")).toBe(true);
  });
});
