import { describe, expect, test } from "vitest";
import { findExclusion } from "../../../src/policy/exclusions.ts";

const exclude = {
  ip: ["192.168.0.10", "10.0.0.0/8", "2001:db8::1/64"],
  host: ["*.example.org", "Mail.Example.NET."],
};

describe("findExclusion()", () => {
  test("names the rule that the address matches", () => {
    expect(findExclusion(exclude, { address: "192.168.0.10" })).toBe("192.168.0.10");
    expect(findExclusion(exclude, { address: "::ffff:10.1.2.3" })).toBe("10.0.0.0/8");
    expect(findExclusion(exclude, { address: "2001:db8::ffff" })).toBe("2001:db8::1/64");
    expect(findExclusion(exclude, { address: "192.168.0.11" })).toBeUndefined();
  });

  test("names the rule that the host matches, whatever its letter case and final dot", () => {
    expect(findExclusion(exclude, { host: "IMAP.example.ORG." })).toBe("*.example.org");
    expect(findExclusion(exclude, { host: "mail.example.net", address: "192.0.2.1" })).toBe("Mail.Example.NET.");
    expect(findExclusion(exclude, { host: "example.org" })).toBeUndefined();
  });

  test("never takes a name for an address or an address for a name", () => {
    expect(findExclusion(exclude, { host: "10.0.0.1.evil.example", address: "203.0.113.5" })).toBeUndefined();
    expect(findExclusion({ ip: [], host: ["*"] }, { host: "203.0.113.5", address: "203.0.113.5" })).toBeUndefined();
    expect(findExclusion(exclude, { host: "10.0.0.1" })).toBeUndefined();
  });

  test("excludes nothing without rules, without a subject, or by a rule that can not be read", () => {
    expect(findExclusion({ ip: [], host: [] }, { host: "mail.example.org", address: "10.0.0.1" })).toBeUndefined();
    expect(findExclusion(exclude, {})).toBeUndefined();
    expect(findExclusion({ ip: ["1.2.3"], host: ["a..b"] }, { host: "a..b", address: "1.2.3.4" })).toBeUndefined();
  });
});
