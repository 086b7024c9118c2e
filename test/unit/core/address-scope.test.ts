import { describe, expect, test } from "vitest";
import { addressScope, isPublicAddress } from "../../../src/core/address-scope.ts";

describe("addressScope()", () => {
  test.each([
    ["127.0.0.1", "loopback"],
    ["127.255.255.255", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::127.0.0.1", "loopback"],
    ["64:ff9b::127.0.0.1", "loopback"],
    ["2002:7f00:1::", "loopback"],
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "unspecified"],
    ["::", "unspecified"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["::ffff:c0a8:101", "private"],
    ["64:ff9b::10.0.0.1", "private"],
    ["2002:c0a8:6301:1::1", "private"],
    ["fd00:ec2::254", "private"],
    ["169.254.169.254", "link-local"],
    ["fe80::1", "link-local"],
    ["fe80::1%eth0", "link-local"],
    ["100.100.100.200", "shared"],
    ["224.0.0.1", "multicast"],
    ["ff02::1", "multicast"],
    ["255.255.255.255", "reserved"],
    ["198.18.0.1", "reserved"],
    ["8.8.8.8", "public"],
    ["172.32.0.1", "public"],
    ["100.128.0.1", "public"],
    ["2606:4700::1", "public"],
    ["64:ff9b::8.8.8.8", "public"],
    ["2002:808:808::1", "public"],
  ])("knows %s as %s", (address, scope) => {
    expect(addressScope(address)).toBe(scope);
    expect(isPublicAddress(address)).toBe(scope === "public");
  });

  test("has none for what is no address, which is not public either", () => {
    expect(addressScope("localhost")).toBeUndefined();
    expect(isPublicAddress("localhost")).toBe(false);
    expect(isPublicAddress("0177.1")).toBe(false);
  });
});
