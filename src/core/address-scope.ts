/** Where an address leads: to the whole Internet, or to somewhere that only this machine or its network should reach.
 *  A listener that other hosts reach must not be a way in there (P-48). */
import { type IpAddress, parseIpAddress } from "./ip-address.ts";
import { type IpRange, parseIpRange, rangeContains } from "./ip-range.ts";

export type AddressScope =
  | "public"
  | "loopback"
  | "private"
  | "link-local"
  | "shared"
  | "unspecified"
  | "multicast"
  | "reserved";

/** The scope of a numeric address; undefined for what is none. An IPv6 address that stands for an IPv4 one (mapped,
 *  compatible, NAT64, 6to4) has the scope of that one: a translator on the way would lead there. */
export function addressScope(address: string): AddressScope | undefined {
  const parsed = parseIpAddress(address.replace(/%.*$/, ""));
  if (parsed === undefined) return undefined;
  const scope = scopeOf(parsed);
  if (scope !== "public" || parsed.family === 4) return scope;
  const embedded = embeddedIp4(parsed.value);
  return embedded === undefined ? scope : scopeOf({ family: 4, value: embedded });
}

/** Whether anybody on the Internet may be meant by `address`; false also for what is no address. */
export function isPublicAddress(address: string): boolean {
  return addressScope(address) === "public";
}

function scopeOf(address: IpAddress): AddressScope {
  return SCOPES.find((entry) => rangeContains(entry.range, address))?.scope ?? "public";
}

function embeddedIp4(value: bigint): bigint | undefined {
  if (value >> 32n === 0n || value >> 32n === NAT64_PREFIX) return value & 0xffff_ffffn;
  if (value >> 112n === SIX_TO_FOUR_PREFIX) return (value >> 80n) & 0xffff_ffffn;
  return undefined;
}

/** 64:ff9b::/96 (RFC 6052) and 2002::/16 (RFC 3056). */
const NAT64_PREFIX = 0x0064_ff9b_0000_0000_0000_0000n;
const SIX_TO_FOUR_PREFIX = 0x2002n;

/** RFC 6890 and its registries; the first that matches counts. The metadata services of clouds are in here: link-local
 *  (169.254.169.254), shared (100.100.100.200) and unique local (fd00:ec2::254). */
const SCOPES: readonly { readonly scope: AddressScope; readonly range: IpRange }[] = [
  scope("loopback", "127.0.0.0/8"),
  scope("loopback", "::1"),
  scope("unspecified", "0.0.0.0/8"),
  scope("unspecified", "::"),
  scope("private", "10.0.0.0/8"),
  scope("private", "172.16.0.0/12"),
  scope("private", "192.168.0.0/16"),
  scope("private", "fc00::/7"),
  scope("private", "fec0::/10"),
  scope("link-local", "169.254.0.0/16"),
  scope("link-local", "fe80::/10"),
  scope("shared", "100.64.0.0/10"),
  scope("multicast", "224.0.0.0/4"),
  scope("multicast", "ff00::/8"),
  scope("reserved", "192.0.0.0/24"),
  scope("reserved", "198.18.0.0/15"),
  scope("reserved", "240.0.0.0/4"),
  scope("reserved", "64:ff9b:1::/48"),
  scope("reserved", "100::/64"),
];

function scope(name: AddressScope, text: string): { scope: AddressScope; range: IpRange } {
  const parsed = parseIpRange(text);
  if (parsed.type === "invalid") throw new Error(`"${text}": ${parsed.problem}`);
  return { scope: name, range: parsed.range };
}
