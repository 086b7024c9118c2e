import { describe, expect, it } from "vitest";
import { correctOctets, errorLine, parseStatus, statedOctets } from "../../../../src/protocol/pop3/status-line.ts";

const line = (text: string) => Buffer.from(text, "latin1");

describe("parseStatus()", () => {
  it.each([
    ["+OK\r\n", "ok"],
    ["+OK\n", "ok"],
    ["+OK 1 2\r\n", "ok"],
    ["-ERR\r\n", "error"],
    ["-ERR [IN-USE] busy\r\n", "error"],
    ["+ \r\n", "continuation"],
    ["+ YQ==\r\n", "continuation"],
    ["+\r\n", "continuation"],
    ["+\n", "continuation"],
    ["+ok\r\n", undefined],
    ["+O\r\n", undefined],
    ["-ER\r\n", undefined],
    [" +OK\r\n", undefined],
    ["\r\n", undefined],
    ["+OK\r\r\n", undefined],
    ["+OK \0\r\n", undefined],
  ])("reads %j as %j", (text, status) => {
    expect(parseStatus(line(text))).toBe(status);
  });
});

describe("statedOctets()", () => {
  it.each([
    ["+OK 120 octets\r\n", 120],
    ["+OK 3 follows (120 bytes)\r\n", 120],
    ["+OK message 3 (120 OCTETS follow)\r\n", 120],
    ["+OK 120\r\n", undefined],
    ["+OK\r\n", undefined],
    ["-ERR 120 octets\r\n", undefined],
    ["+OK x120 octetsy\r\n", undefined],
    ["+OK 9999999999999999 octets\r\n", undefined],
  ])("finds in %j the size %j", (text, size) => {
    expect(statedOctets(line(text))).toBe(size);
  });
});

describe("correctOctets()", () => {
  it.each([
    ["+OK 120 octets\r\n", 120, 99, "+OK 99 octets\r\n"],
    ["+OK 121 octets\r\n", 120, 99, "+OK 99 octets\r\n"],
    ["+OK 3 follows (120 bytes)\r\n", 120, 99, "+OK 3 follows (99 bytes)\r\n"],
    ["+OK 120\r\n", 120, 99, "+OK 99\r\n"],
    ["+OK 1200 x120y\r\n", 120, 99, "+OK 1200 x99y\r\n"],
    ["+OK\r\n", 120, 99, "+OK\r\n"],
    ["+OK hello\r\n", 120, 99, "+OK hello\r\n"],
    ["+OK 121 octets\r\n", 120, 120, "+OK 121 octets\r\n"],
  ])("makes of %j, %j octets received and %j delivered, %j", (text, received, delivered, corrected) => {
    expect(Buffer.from(correctOctets(line(text), received, delivered)).toString("latin1")).toBe(corrected);
  });
});

describe("errorLine()", () => {
  it("is one printable line of at most 512 octets, whatever the text (P-41)", () => {
    expect(errorLine("no").toString()).toBe("-ERR no\r\n");
    expect(errorLine("no", "SYS/PERM").toString()).toBe("-ERR [SYS/PERM] no\r\n");
    expect(errorLine("a\r\n+OK b\0\x1b[2J\u202e").toString()).toBe("-ERR a?+OK b?[2J?\r\n");
    expect(errorLine("x".repeat(10_000), "SYS/TEMP").length).toBeLessThanOrEqual(512);
  });
});
