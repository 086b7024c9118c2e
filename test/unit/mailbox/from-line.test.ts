import { describe, expect, test } from "vitest";
import { fromLineKind } from "../../../src/mailbox/from-line.ts";

describe("fromLineKind()", () => {
  test.each([
    "From sender@example.org Thu Jan  1 10:00:00 2026",
    "From sender@example.org Thu Jan  1 10:00:00 2026\r\n",
    "From sender@example.org Thu Jan  1 10:00 2026\n",
    "From - Thu Jan  1 10:00:00 2026\n",
    "From ???@??? Thu Jan 01 10:00:00 2026\n",
    "From  Thu Jan  1 10:00:00 2026\n",
    "From Thu Jan  1 10:00:00 2026\n",
    'From "quoted name"@example.org Thu Jan  1 10:00:00 2026\n',
    "From sender at example.org  Thu Jan  1 10:00:00 2026\n",
    "From sender@example.org Thu Jan  1 10:00:00 EST 2026 remote from host\n",
    "From sender@example.org Thu Jan  1 10:00:00 +0100 2026\n",
    "From sender@example.org Thu, 1 Jan 2026 10:00:00 +0000\n",
    "From 1234567890@xxx Thu Jan 01 10:00:00 +0000 2026\n",
  ])("finds a separator in %j", (line) => {
    expect(fromLineKind(Buffer.from(line, "latin1"))).toBe("separator");
  });

  test.each([
    "From here on nothing is sure.\n",
    "From sender@example.org\n",
    "From \n",
    "From sender@example.org 2026-01-01 10:00:00\n",
    "From sender@example.org Thursday Jan 1 10:00:00 2026\n",
    "From Monday to Friday at 10:00:00\n",
    "From sender@example.org Thu Jan 1\n",
  ])("doubts %j", (line) => {
    expect(fromLineKind(Buffer.from(line, "latin1"))).toBe("doubtful");
  });

  test.each([
    "From: sender@example.org\n",
    "From : Thu Jan  1 10:00:00 2026\n",
    "From \t: sender@example.org\n",
    ">From sender@example.org Thu Jan  1 10:00:00 2026\n",
    "from sender@example.org Thu Jan  1 10:00:00 2026\n",
    "From\tsender@example.org Thu Jan  1 10:00:00 2026\n",
    "",
    "Fro",
  ])("takes %j for text", (line) => {
    expect(fromLineKind(Buffer.from(line, "latin1"))).toBe("text");
  });
});
