/** Address rules as people write them: one address, a range from one to another, a network with prefix or mask. */
import { fromIp6, IP4_MAX, IP6_MAX, type IpAddress, parseIp4, parseIp6, parseIpAddress } from "./ip-address.ts";

/** All addresses of one family from `low` to `high`, both included. `text` is the rule as it was written. */
export interface IpRange {
  readonly text: string;
  readonly family: 4 | 6;
  readonly low: bigint;
  readonly high: bigint;
}

export type ParsedIpRange =
  | { readonly type: "range"; readonly range: IpRange }
  /** `problem` stands alone: "not an IP address". */
  | { readonly type: "invalid"; readonly problem: string };

/** The forms that parseIpRange accepts, for messages. */
export const IP_RANGE_FORMS =
  "192.168.0.10, 192.168.0.1-192.168.0.99, 192.168.1.0/24, 192.168.1.0/255.255.255.0, 2001:db8::1 or 2001:db8::1/64";

/** Reads a rule in one of IP_RANGE_FORMS. Bits right of a prefix or mask are allowed and do not count. */
export function parseIpRange(text: string): ParsedIpRange {
  const trimmed = text.trim();
  if (trimmed.includes("%")) return invalid("it names a network interface, which an address rule can not hold");
  if (trimmed.includes("/")) return parseNetwork(trimmed);
  if (trimmed.includes("-")) return parseSpan(trimmed);
  const address = parseIpAddress(trimmed);
  if (address === undefined) return invalid(describeBadAddress(trimmed));
  return range(trimmed, address.family, address.value, address.value);
}

/** Whether `address` (any textual form, a zone is ignored) lies in `range`. What is no address lies nowhere. */
export function rangeContains(range: IpRange, address: string | IpAddress): boolean {
  const parsed = typeof address === "string" ? parseIpAddress(address.replace(/%.*$/, "")) : address;
  if (parsed === undefined || parsed.family !== range.family) return false;
  return range.low <= parsed.value && parsed.value <= range.high;
}

/** Whether two rules hold the same addresses, however they are written. */
export function isSameRange(left: IpRange, right: IpRange): boolean {
  return left.family === right.family && left.low === right.low && left.high === right.high;
}

/** Whether a rule holds every address of its family, or nearly: then nothing of that family is left to protect. */
export function isWholeFamily(range: IpRange): boolean {
  const count = range.high - range.low + 1n;
  return count > (range.family === 4 ? IP4_MAX : IP6_MAX) / 2n;
}

function parseNetwork(text: string): ParsedIpRange {
  const [base = "", suffix = "", ...rest] = text.split("/");
  if (rest.length > 0) return invalid("it has more than one slash");
  return base.includes(":") ? parseNetwork6(text, base, suffix) : parseNetwork4(text, base, suffix);
}

function parseNetwork4(text: string, base: string, suffix: string): ParsedIpRange {
  const address = parseIp4(base);
  if (address === undefined) return invalid(describeBadAddress(base));
  const prefix = suffix.includes(".") ? prefixOfMask(suffix) : prefixLength(suffix, 32);
  if (prefix === undefined) {
    return invalid(
      suffix.includes(".")
        ? `its mask "${suffix}" is not ones followed by zeros`
        : `its prefix "${suffix}" is not a number from 0 to 32`,
    );
  }
  const { low, high } = network(BigInt(address), prefix, 32);
  return range(text, 4, low, high);
}

function parseNetwork6(text: string, base: string, suffix: string): ParsedIpRange {
  const address = parseIp6(base);
  if (address === undefined) return invalid(describeBadAddress(base));
  const prefix = prefixLength(suffix, 128);
  if (prefix === undefined) return invalid(`its prefix "${suffix}" is not a number from 0 to 128`);
  const { low, high } = network(address, prefix, 128);
  const first = fromIp6(low);
  const last = fromIp6(high);
  // A network inside ::ffff:0:0/96 is an IPv4 network; a wider one holds IPv6 alone: `::/0` says nothing of IPv4.
  if (first.family === 4 && last.family === 4) return range(text, 4, first.value, last.value);
  return range(text, 6, low, high);
}

function parseSpan(text: string): ParsedIpRange {
  const [from = "", to = "", ...rest] = text.split("-");
  if (rest.length > 0) return invalid("it has more than one dash");
  if (text.includes(":")) return invalid("a range of IPv6 addresses is written as a network: 2001:db8::/64");
  const low = parseIp4(from);
  const high = parseIp4(to);
  if (low === undefined) return invalid(`its first address: ${describeBadAddress(from)}`);
  if (high === undefined) return invalid(`its last address: ${describeBadAddress(to)}`);
  if (low > high) return invalid("it runs backwards: its first address is higher than its last");
  return range(text, 4, BigInt(low), BigInt(high));
}

function network(address: bigint, prefix: number, bits: number): { low: bigint; high: bigint } {
  const hostBits = BigInt(bits - prefix);
  const low = (address >> hostBits) << hostBits;
  return { low, high: low + (1n << hostBits) - 1n };
}

function prefixLength(text: string, bits: number): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(text)) return undefined;
  const prefix = Number(text);
  return prefix <= bits ? prefix : undefined;
}

function prefixOfMask(text: string): number | undefined {
  const mask = parseIp4(text);
  if (mask === undefined) return undefined;
  const ones = mask.toString(2).padStart(32, "0").indexOf("0");
  const prefix = ones < 0 ? 32 : ones;
  return network(BigInt(mask), prefix, 32).low === BigInt(mask) ? prefix : undefined;
}

function describeBadAddress(text: string): string {
  if (text === "") return "the address is missing";
  if (/^[0-9.]+$/.test(text)) return "an IPv4 address is four numbers from 0 to 255 without leading zeros";
  return "not an IP address";
}

function range(text: string, family: 4 | 6, low: bigint, high: bigint): ParsedIpRange {
  return { type: "range", range: { text, family, low, high } };
}

function invalid(problem: string): ParsedIpRange {
  return { type: "invalid", problem };
}
