import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IpRange, isSameRange, isWholeFamily, parseIpRange, rangeContains } from "../../../src/core/ip-range.ts";

function range(text: string): IpRange {
  const parsed = parseIpRange(text);
  if (parsed.type === "invalid") throw new Error(`"${text}": ${parsed.problem}`);
  return parsed.range;
}

function problem(text: string): string {
  const parsed = parseIpRange(text);
  return parsed.type === "invalid" ? parsed.problem : "";
}

function ip4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

const word = fc.integer({ min: 0, max: 0xffff_ffff });

describe("parseIpRange()", () => {
  test.each([
    ["192.168.0.10", ["192.168.0.10"], ["192.168.0.9", "192.168.0.11"]],
    ["192.168.0.1-192.168.0.99", ["192.168.0.1", "192.168.0.50", "192.168.0.99"], ["192.168.0.0", "192.168.0.100"]],
    ["192.168.1.0/24", ["192.168.1.0", "192.168.1.255"], ["192.168.0.255", "192.168.2.0"]],
    ["192.168.1.0/255.255.255.0", ["192.168.1.0", "192.168.1.255"], ["192.168.0.255", "192.168.2.0"]],
    ["2001:718:1c01:16:214:22ff:fec9:ca5", ["2001:718:1C01:16:214:22FF:FEC9:0CA5"], ["2001:718:1c01:16::"]],
    ["2002:c0a8:6301:1::1/64", ["2002:c0a8:6301:1::", "2002:c0a8:6301:1:ffff::9"], ["2002:c0a8:6301:2::1"]],
  ])("reads %s", (text, inside, outside) => {
    for (const address of inside) expect([address, rangeContains(range(text), address)]).toEqual([address, true]);
    for (const address of outside) expect([address, rangeContains(range(text), address)]).toEqual([address, false]);
  });

  test("holds from the first to the last address, as numbers", () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        const [low, high] = a <= b ? [a, b] : [b, a];
        expect(rangeContains(range(`${ip4(low)}-${ip4(high)}`), ip4(c))).toBe(low <= c && c <= high);
      }),
    );
  });

  test("means the same by a prefix, a mask and a range", () => {
    fc.assert(
      fc.property(word, fc.integer({ min: 0, max: 32 }), (address, prefix) => {
        const mask = prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0;
        const first = (address & mask) >>> 0;
        const last = (first | ~mask) >>> 0;
        const byPrefix = range(`${ip4(address)}/${prefix}`);
        expect(isSameRange(byPrefix, range(`${ip4(address)}/${ip4(mask)}`))).toBe(true);
        expect(isSameRange(byPrefix, range(`${ip4(first)}-${ip4(last)}`))).toBe(true);
      }),
    );
  });

  test("keeps the rule as it was written", () => {
    expect(range(" 10.0.0.7/8 ").text).toBe("10.0.0.7/8");
  });

  test("treats an IPv4-mapped network as the IPv4 network", () => {
    expect(isSameRange(range("::ffff:192.168.0.0/112"), range("192.168.0.0/16"))).toBe(true);
    expect(isSameRange(range("::ffff:0:0/96"), range("0.0.0.0/0"))).toBe(true);
    expect(rangeContains(range("192.168.0.10"), "::ffff:192.168.0.10")).toBe(true);
  });

  test("says nothing of IPv4 in a wide IPv6 network", () => {
    expect(rangeContains(range("::/0"), "192.0.2.1")).toBe(false);
    expect(rangeContains(range("::/0"), "::ffff:192.0.2.1")).toBe(false);
    expect(rangeContains(range("0.0.0.0/0"), "2001:db8::1")).toBe(false);
  });

  test.each([
    ["", "the address is missing"],
    ["1.2.3", "four numbers"],
    ["0177.1", "four numbers"],
    ["0177.0.0.1", "four numbers"],
    ["mail.example.org", "not an IP address"],
    ["10.0.0.1-", "its last address"],
    ["-10.0.0.1", "its first address"],
    ["10.0.0.9-10.0.0.1", "backwards"],
    ["10.0.0.1-10.0.0.2-10.0.0.3", "more than one dash"],
    ["10.0.0.1 - 10.0.0.2", "not an IP address"],
    ["2001:db8::1-2001:db8::2", "written as a network"],
    ["10.0.0.0/33", "0 to 32"],
    ["10.0.0.0/", "0 to 32"],
    ["10.0.0.0/08", "0 to 32"],
    ["10.0.0.0/-1", "0 to 32"],
    ["10.0.0.0/8/8", "more than one slash"],
    ["10.0.0.0/255.0.255.0", "ones followed by zeros"],
    ["10.0.0.0/0.0.0.255", "ones followed by zeros"],
    ["10.0.0.0/255.255.255", "ones followed by zeros"],
    ["2001:db8::/129", "0 to 128"],
    ["2001:db8::/255.255.0.0", "0 to 128"],
    ["fe80::1%eth0", "network interface"],
    ["[::1]", "not an IP address"],
  ])("refuses %j and says why", (text, why) => {
    expect(problem(text)).toContain(why);
  });
});

describe("rangeContains()", () => {
  test("ignores the zone of an address and holds nothing that is no address", () => {
    expect(rangeContains(range("fe80::/10"), "fe80::1%eth0")).toBe(true);
    expect(rangeContains(range("0.0.0.0/0"), "example.org")).toBe(false);
    expect(rangeContains(range("0.0.0.0/0"), "")).toBe(false);
  });
});

describe("isWholeFamily()", () => {
  test("is true when nothing, or nearly nothing, is left", () => {
    expect(isWholeFamily(range("0.0.0.0/0"))).toBe(true);
    expect(isWholeFamily(range("0.0.0.1-255.255.255.255"))).toBe(true);
    expect(isWholeFamily(range("::/0"))).toBe(true);
    expect(isWholeFamily(range("10.0.0.0/8"))).toBe(false);
    expect(isWholeFamily(range("2000::/3"))).toBe(false);
  });
});
