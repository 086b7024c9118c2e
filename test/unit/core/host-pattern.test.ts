import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isHostName, normalizeHost } from "../../../src/core/host-name.ts";
import { isAnyHost, matchesHostPattern, parseHostPattern } from "../../../src/core/host-pattern.ts";

function pattern(text: string): string {
  const parsed = parseHostPattern(text);
  return parsed.type === "pattern" ? parsed.pattern : `invalid: ${parsed.problem}`;
}

describe("parseHostPattern()", () => {
  test("writes names as the DNS compares them", () => {
    expect(pattern(" Mail.Example.ORG. ")).toBe("mail.example.org");
    expect(pattern("*.München.example")).toBe("*.xn--mnchen-3ya.example");
    expect(pattern("*")).toBe("*");
  });

  test.each([
    ["", "empty"],
    ["mail..example.org", "empty label"],
    [".example.org", "empty label"],
    ["https://example.org", "more than a host name"],
    ["example.org:993", "more than a host name"],
    ["ann@example.org", "more than a host name"],
    ["mail example.org", "characters"],
    ["mail\u0000.example.org", "characters"],
    ["mail\u202e.example.org", "characters"],
    ["192.168.*", "looks like an address"],
    ["10.0.0.1", "looks like an address"],
    [`${"a".repeat(250)}.example.org`, "longer"],
  ])("refuses %j and says why", (text, why) => {
    expect(pattern(text)).toContain(why);
  });
});

describe("matchesHostPattern()", () => {
  test.each([
    ["*.example.org", "mail.example.org", true],
    ["*.example.org", "a.b.example.org", true],
    ["*.example.org", "example.org", false],
    ["*.example.org", "mail.example.org.evil.example", false],
    ["*.example.org", "mailexample.org", false],
    ["mail.example.org", "mail.example.org", true],
    ["mail.example.org", "mail.example.orgs", false],
    ["mail.example.org", "mailxexample.org", false],
    ["pop?.example.net", "pop3.example.net", true],
    ["pop?.example.net", "pop.example.net", false],
    ["*", "anything.example", true],
    ["a*b*c", "aXbXbXc", true],
    ["a*b*c", "aXbXbX", false],
  ])("%s and %s: %s", (glob, host, expected) => {
    expect(matchesHostPattern(glob, host)).toBe(expected);
  });

  test("agrees with the regular expression that the glob stands for", () => {
    const letter = fc.constantFrom("a", "b", ".");
    const glob = fc.string({ unit: fc.oneof(letter, fc.constantFrom("*", "?")), maxLength: 8 });
    fc.assert(
      fc.property(glob, fc.string({ unit: letter, maxLength: 8 }), (rule, host) => {
        const expression = rule.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        expect(matchesHostPattern(rule, host)).toBe(new RegExp(`^${expression}$`).test(host));
      }),
      { numRuns: 1_000 },
    );
  });

  test("does not take exponential time over many stars", () => {
    expect(matchesHostPattern("a*".repeat(100), `${"a".repeat(252)}b`)).toBe(true);
    expect(matchesHostPattern(`${"a*".repeat(100)}c`, "a".repeat(253))).toBe(false);
  });
});

describe("isAnyHost()", () => {
  test("is true for globs without a letter", () => {
    expect([isAnyHost("*"), isAnyHost("*.*"), isAnyHost("*.org"), isAnyHost("?")]).toEqual([true, true, false, false]);
  });
});

describe("isHostName()", () => {
  test.each([
    ["localhost", true],
    ["mail.example.org", true],
    ["_imaps.example.org", true],
    ["xn--mnchen-3ya.example", true],
    ["1and1.example", true],
    ["-a.example", false],
    ["a..b", false],
    ["", false],
    ["a b", false],
    ["0177.1", false],
    ["2130706433", false],
    ["127.0.0.0x1", false],
    ["a".repeat(64), false],
  ])("%j: %s", (name, expected) => {
    expect(isHostName(name)).toBe(expected);
  });

  test("normalizeHost() drops letter case and the final dot", () => {
    expect(normalizeHost("Mail.Example.ORG.")).toBe("mail.example.org");
  });
});
