import { describe, expect, test } from "vitest";
import { formatHostPort, parseListenAddress, tryListenAddress } from "../../../src/config/listen-address.ts";

describe("parseListenAddress()", () => {
  test.each([
    ["127.0.0.1:1143", "127.0.0.1", 1143],
    ["[::1]:1143", "::1", 1143],
    ["[2001:DB8::1]:143", "2001:db8::1", 143],
    ["LocalHost:110", "localhost", 110],
    ["0.0.0.0:0", "0.0.0.0", 0],
    [" mail.example.org.:65535 ", "mail.example.org", 65_535],
  ])("reads %j", (text, host, port) => {
    const address = parseListenAddress(text);
    expect(address).toEqual({ host, port });
    expect(parseListenAddress(formatHostPort(address.host, address.port))).toEqual(address);
  });

  test.each([
    ["", "the host is missing"],
    [":1143", "the host is missing"],
    ["127.0.0.1", "the port is missing"],
    ["127.0.0.1:", "no number"],
    ["127.0.0.1:65536", "no number"],
    ["127.0.0.1:0143", "no number"],
    ["127.0.0.1:x", "no number"],
    ["127.0.0.1:-1", "no number"],
    ["::1:1143", "brackets"],
    ["[127.0.0.1]:1143", "IPv6 address"],
    ["[::1", "not host:port"],
    ["0177.1:1143", "neither a name nor an IP address"],
    ["a b:1143", "neither a name nor an IP address"],
    ["[fe80::1%eth0]:1143", "IPv6 address"],
  ])("refuses %j and says why", (text, why) => {
    expect(tryListenAddress(text)).toEqual({ type: "invalid", problem: expect.stringContaining(why) });
    expect(() => parseListenAddress(text)).toThrow(why);
  });
});
