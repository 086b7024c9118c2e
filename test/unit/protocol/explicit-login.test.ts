import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { protocolLimits } from "../../../src/core/limits.ts";
import { parseExplicitLogin } from "../../../src/protocol/explicit-login.ts";

const PORTS = { imap: [143], imaps: [585, 993], pop3: [110, 1110], pop3s: [995] };

describe("parseExplicitLogin()", () => {
  it.each([
    ["ann/pop.example.org", "ann", "pop.example.org", 995, "tls"],
    ["ann@example.org/pop.example.org", "ann@example.org", "pop.example.org", 995, "tls"],
    ["a/b/POP.Example.ORG.", "a/b", "pop.example.org", 995, "tls"],
    ["ann/pop.example.org:995", "ann", "pop.example.org", 995, "tls"],
    ["ann/pop.example.org:110", "ann", "pop.example.org", 110, "starttls"],
    ["ann/pop.example.org:1110", "ann", "pop.example.org", 1110, "starttls"],
    ["ann/pop.example.org:2222", "ann", "pop.example.org", 2222, "tls"],
    ["ann/pop.example.org;starttls", "ann", "pop.example.org", 110, "starttls"],
    ["ann/pop.example.org;PLAIN", "ann", "pop.example.org", 110, "plain"],
    ["ann/pop.example.org:110;tls", "ann", "pop.example.org", 110, "tls"],
    ["ann/pop.example.org:995;plain", "ann", "pop.example.org", 995, "plain"],
    ["ann/[2001:DB8::1]", "ann", "2001:db8::1", 995, "tls"],
    ["ann/[2001:db8::1]:110;plain", "ann", "2001:db8::1", 110, "plain"],
    ["ann/192.0.2.1:65535", "ann", "192.0.2.1", 65_535, "tls"],
    ["100%/pop.example.org", "100%", "pop.example.org", 995, "tls"],
    ["\xe9/pop.example.org", "\xe9", "pop.example.org", 995, "tls"],
  ])("reads %s", (login, name, host, port, security) => {
    const target = { protocol: "pop3", host, port, security };
    expect(parseExplicitLogin(login, "pop3", PORTS)).toEqual({ type: "login", name, target });
  });

  it("uses the ports of IMAP for IMAP", () => {
    const parse = (login: string) => parseExplicitLogin(login, "imap", PORTS);
    expect(parse("ann/imap.example.org")).toMatchObject({ target: { port: 993, security: "tls", protocol: "imap" } });
    expect(parse("ann/imap.example.org;starttls")).toMatchObject({ target: { port: 143, security: "starttls" } });
    expect(parse("ann/imap.example.org:110")).toMatchObject({ target: { port: 110, security: "tls" } });
  });

  it.each([
    "",
    "ann",
    "ann/",
    "/pop.example.org",
    "/",
    "ann/;tls",
    "ann/:110",
    "ann/pop.example.org:",
    "ann/pop.example.org:0",
    "ann/pop.example.org:65536",
    "ann/pop.example.org:1x",
    "ann/pop.example.org;",
    "ann/pop.example.org;ssl",
    "ann/pop.example.org;tls;plain",
    "ann/2001:db8::1",
    "ann/[2001:db8::1",
    "ann/pop..example.org",
    "ann/-pop.example.org",
    "ann/pop example.org",
    "ann/pop.example.org ",
    "ann/pop.ex\xe4mple.org",
    "ann/pop%2eexample.org",
    "ann\r\nDELE 1/pop.example.org",
    "ann\0/pop.example.org",
    "ann/pop.example.org\x7f",
    `ann/${"a".repeat(64)}.example.org`,
    `ann/${"a.".repeat(127)}aa`,
    `${"a".repeat(protocolLimits.explicitLoginBytes)}/pop.example.org`,
  ])("refuses %j in a line of plain text (P-48)", (login) => {
    const parsed = parseExplicitLogin(login, "pop3", PORTS);
    expect(parsed.type).toBe("invalid");
    if (parsed.type === "invalid") expect(parsed.text).toMatch(/^[\x20-\x7e]+$/);
  });

  it("takes a login of the limit and not one octet more", () => {
    const server = "/pop.example.org";
    const name = "a".repeat(protocolLimits.explicitLoginBytes - server.length);
    expect(parseExplicitLogin(name + server, "pop3", PORTS).type).toBe("login");
    expect(parseExplicitLogin(`a${name}${server}`, "pop3", PORTS).type).toBe("invalid");
  });

  it("never throws, and never gives a host or name with a line break (P-41)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (login) => {
        const parsed = parseExplicitLogin(login, "pop3", PORTS);
        if (parsed.type === "login") expect(parsed.name + parsed.target.host).not.toMatch(/[\r\n\0]/);
      }),
      { seed: 1 },
    );
  });
});
