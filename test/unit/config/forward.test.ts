import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatForward, parseForward, tryForward, withoutCredentials } from "../../../src/config/forward.ts";

describe("parseForward()", () => {
  test.each([
    ["127.0.0.1:2143=imap://mail.example.org", "imap", "mail.example.org", 143, "plain"],
    ["127.0.0.1:2143=imap://mail.example.org;starttls", "imap", "mail.example.org", 143, "starttls"],
    ["127.0.0.1:2143=imap://mail.example.org;tls", "imap", "mail.example.org", 993, "tls"],
    ["127.0.0.1:2143=imaps://Mail.Example.ORG.", "imap", "mail.example.org", 993, "tls"],
    ["127.0.0.1:2143=imaps://mail.example.org;TLS", "imap", "mail.example.org", 993, "tls"],
    ["127.0.0.1:2143=IMAP://mail.example.org:1143;plain", "imap", "mail.example.org", 1143, "plain"],
    ["127.0.0.1:2110=pop3://192.0.2.1", "pop3", "192.0.2.1", 110, "plain"],
    ["127.0.0.1:2110=pop3s://[2001:DB8::1]", "pop3", "2001:db8::1", 995, "tls"],
    ["[::1]:2110=pop3://[2001:db8::1]:1110;starttls", "pop3", "2001:db8::1", 1110, "starttls"],
    ["localhost:0=pop3s://mail.example.org/", "pop3", "mail.example.org", 995, "tls"],
  ])("reads %s", (text, protocol, host, port, security) => {
    const forward = parseForward(text);
    expect(forward.target).toEqual({ protocol, host, port, security });
    expect(parseForward(formatForward(forward))).toEqual(forward);
  });

  test.each([
    ["127.0.0.1:2143", 'the "="'],
    ["=imap://mail.example.org", 'before the "=": the host is missing'],
    ["127.0.0.1=imap://mail.example.org", 'before the "=": the port is missing'],
    ["127.0.0.1:2143=mail.example.org", "not a URL"],
    ["127.0.0.1:2143=smtp://mail.example.org", "the scheme is none of"],
    ["127.0.0.1:2143=imap://", "the host is missing"],
    ["127.0.0.1:2143=imap://mail.example.org/INBOX", "path"],
    ["127.0.0.1:2143=imap://mail.example.org?x", "query"],
    ["127.0.0.1:2143=imap://mail.example.org#x", "fragment"],
    ["127.0.0.1:2143=imap://ann@mail.example.org", "name or a password"],
    ["127.0.0.1:2143=imap://ann:pass%2fword@mail.example.org", "name or a password"],
    ["127.0.0.1:2143=imap://mail.example.org:0", "the port is 0"],
    ["127.0.0.1:2143=imap://mail.example.org:99999", "no number"],
    ["127.0.0.1:2143=imap://::1", "brackets"],
    ["127.0.0.1:2143=imaps://mail.example.org;starttls", "means TLS from the first byte"],
    ["127.0.0.1:2143=imaps://mail.example.org;plain", "means TLS from the first byte"],
    ["127.0.0.1:2143=imap://mail.example.org;ssl", "only ;tls ;starttls ;plain".replace(" ;plain", " or ;plain")],
    ["127.0.0.1:2143=imap://mail.example.org;tls;plain", "only one of"],
    ["127.0.0.1:2143=imap://127.0.0.1:2143", "leads to itself"],
  ])("refuses %s and says why", (text, why) => {
    expect(tryForward(text)).toEqual({ type: "invalid", problem: expect.stringContaining(why) });
  });

  test("never repeats a password in an error", () => {
    const part = fc.string({ unit: fc.constantFrom("=", "/", ":", "@", ";", '"', "a", "."), maxLength: 6 });
    fc.assert(
      fc.property(part, part, part, (before, name, after) => {
        const text = `127.0.0.1:2143=${before}imap://${name}hunter2${after}@mail.example.org`;
        expect(() => parseForward(text)).toThrow(/^(?!.*hunter2)/s);
        expect(tryForward(text).type).toBe("invalid");
      }),
    );
  });
});

describe("withoutCredentials()", () => {
  test("leaves everything but what stands before an @", () => {
    expect(withoutCredentials("127.0.0.1:1=imap://ann:pw@mail.example.org:143")).toBe(
      "127.0.0.1:1=imap://[secret]@mail.example.org:143",
    );
    expect(withoutCredentials("imap://ann:p@ss@mail.example.org")).toBe("imap://[secret]@mail.example.org");
    expect(withoutCredentials("127.0.0.1:1=ann:pw@mail.example.org")).toBe("127.0.0.1:1=[secret]@mail.example.org");
    expect(withoutCredentials("imap://mail.example.org")).toBe("imap://mail.example.org");
  });
});
