import { describe, expect, it } from "vitest";
import {
  argumentOctets,
  hasUnfitOctet,
  messageNumber,
  parseCommand,
  topArguments,
} from "../../../../src/protocol/pop3/command.ts";

const line = (text: string) => Buffer.from(text, "latin1");

describe("parseCommand()", () => {
  it.each([
    ["RETR 1\r\n", "RETR", "1"],
    ["retr 1\n", "RETR", "1"],
    [" \tRetr\t1  2 \r\n", "RETR", "1  2"],
    ["QUIT\r\n", "QUIT", ""],
    ["\r\n", "", ""],
    ["\n", "", ""],
    [" \n", "", ""],
    ["USER \xe9 x\r\n", "USER", "\xe9 x"],
    [`${"A".repeat(1_000)} b\r\n`, "A".repeat(16), "b"],
  ])("takes %j apart", (text, verb, argument) => {
    expect(parseCommand(line(text))).toEqual({ verb, argument, isUnfit: false });
  });

  it.each(["A\rB\r\n", "A\r\r\n", "A\0\r\n", "\0\n", "\rA\n"])("finds %j unfit (P-38, P-39)", (text) => {
    expect(parseCommand(line(text)).isUnfit).toBe(true);
  });
});

describe("hasUnfitOctet()", () => {
  it("does not mind the line's own ending", () => {
    expect(hasUnfitOctet(line("+OK\r\n"))).toBe(false);
    expect(hasUnfitOctet(line("+OK\n"))).toBe(false);
    expect(hasUnfitOctet(line("+OK\r"))).toBe(true);
  });
});

describe("argumentOctets()", () => {
  it.each([
    ["PASS a b\r\n", "a b"],
    ["PASS  a \r\n", " a "],
    ["PASS\r\n", ""],
    ["PASS \r\n", ""],
    ["PASS \xff\n", "\xff"],
  ])("keeps the blanks of %j", (text, argument) => {
    expect(Buffer.from(argumentOctets(line(text))).toString("latin1")).toBe(argument);
  });
});

describe("messageNumber()", () => {
  it.each([
    ["1", 1],
    ["01", 1],
    ["+1", 1],
    ["1 2", 1],
    ["1x", 1],
    ["9999999999", 9_999_999_999],
    ["", undefined],
    ["x1", undefined],
    ["-1", undefined],
  ])("reads %j as %j", (argument, number) => {
    expect(messageNumber(argument)).toBe(number);
  });
});

describe("topArguments()", () => {
  it("reads two plain numbers and nothing else", () => {
    expect(topArguments("1 0")).toEqual({ message: 1, lines: 0 });
    expect(topArguments("12\t 99999999")).toEqual({ message: 12, lines: 99_999_999 });
    for (const text of ["", "1", "1 x", "1 -1", "1 2 3", "1 1.5", "0x1 1"]) expect(topArguments(text)).toBeUndefined();
  });
});
