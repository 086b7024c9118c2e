import { describe, expect, test } from "vitest";
import { isReached } from "../../../src/proxy/own-listener.ts";

const LOCAL = ["127.0.0.1", "::1", "192.0.2.7", "2001:db8::7"];

describe("isReached()", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.1", "::ffff:127.0.0.1"],
    ["127.0.0.1", "::ffff:7f00:1"],
    ["127.0.0.1", "0.0.0.0"],
    ["127.0.0.1", "::"],
    ["::1", "0:0:0:0:0:0:0:1"],
    ["0.0.0.0", "127.9.9.9"],
    ["0.0.0.0", "192.0.2.7"],
    ["::", "192.0.2.7"],
    ["::", "2001:db8:0::7"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
  ])("knows a listener on %s by %s", (listener, address) => {
    expect(isReached({ address: listener, port: 1110 }, address, 1110, LOCAL)).toBe(true);
    expect(isReached({ address: listener, port: 1110 }, address, 1111, LOCAL)).toBe(false);
  });

  test.each([
    ["127.0.0.1", "127.0.0.2"],
    ["127.0.0.1", "192.0.2.7"],
    ["0.0.0.0", "198.51.100.1"],
    ["::", "2001:db8::8"],
  ])("lets others pass: a listener on %s is not %s", (listener, address) => {
    expect(isReached({ address: listener, port: 1110 }, address, 1110, LOCAL)).toBe(false);
  });
});
