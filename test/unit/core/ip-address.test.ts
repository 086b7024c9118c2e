import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIpAddress } from "../../../src/core/ip-address.ts";

/** Anything that might pass for an address: digits, colons, dots in all orders, besides real ones. */
const candidate = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: fc.constantFrom("0", "1", "f", "F", ":", ".", "255", "256", "g"), maxLength: 24 }),
);

describe("parseIpAddress()", () => {
  test("accepts exactly what the system's resolver accepts, but for zones", () => {
    fc.assert(
      fc.property(candidate, (text) => {
        expect(parseIpAddress(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test("reads every octet and group", () => {
    expect(parseIpAddress("1.2.3.4")).toEqual({ family: 4, value: 0x01020304n });
    expect(parseIpAddress("2001:DB8::1")).toEqual({ family: 6, value: 0x2001_0db8_0000_0000_0000_0000_0000_0001n });
    expect(parseIpAddress("::")).toEqual({ family: 6, value: 0n });
    expect(parseIpAddress("64:ff9b::192.0.2.33")).toEqual(parseIpAddress("64:ff9b::c000:221"));
    expect(parseIpAddress("1:2:3:4:5:6:7::")).toEqual(parseIpAddress("1:2:3:4:5:6:7:0"));
  });

  test("makes IPv4-mapped IPv6 the IPv4 address that it is", () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(parseIpAddress(`::ffff:${text}`)).toEqual(parseIpAddress(text));
        expect(parseIpAddress(`0:0:0:0:0:FFFF:${text}`)).toEqual(parseIpAddress(text));
      }),
    );
  });

  test.each([
    "",
    "1.2.3",
    "0177.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "1.2.3.04",
    "1.2.3.256",
    " 1.2.3.4",
    "1.2.3.4 ",
    "1.2.3.4.5",
    "::1::",
    ":::",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7",
    "1:2:3:4::5:6:7:8",
    "12345::",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "[::1]",
    "fe80::1%eth0",
    "１.2.3.4",
    `::${"0".repeat(60)}1`,
  ])("refuses %j", (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});
