/** IP addresses as numbers. IPv4 and the IPv4-mapped form of it (`::ffff:192.0.2.1`) are one and the same address. */

/** `value` is the 32-bit or 128-bit number that the address is. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** An address in its strict textual form: no octal-looking or missing octets (`0177.1`, `010.1.2.3`), which some
 *  resolvers read as another address than people do; no brackets. A zone (`%eth0`) is not part of an address. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  if (!text.includes(":")) {
    const value = parseIp4(text);
    return value === undefined ? undefined : { family: 4, value: BigInt(value) };
  }
  const value = parseIp6(text);
  return value === undefined ? undefined : fromIp6(value);
}

/** The 128-bit number as an address: what is IPv4-mapped becomes IPv4. */
export function fromIp6(value: bigint): IpAddress {
  return value >> 32n === MAPPED_PREFIX ? { family: 4, value: value & IP4_MAX } : { family: 6, value };
}

/** The 32-bit number of `a.b.c.d`, four decimal octets without leading zeros. */
export function parseIp4(text: string): number | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let value = 0;
  for (const octet of octets) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(octet) || Number(octet) > 255) return undefined;
    value = value * 256 + Number(octet);
  }
  return value;
}

/** The 128-bit number of an IPv6 address (RFC 4291 §2.2), one `::` and an IPv4 tail allowed; not yet unmapped. */
export function parseIp6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const isShortened = halves.length === 2;
  const head = groupsOf(halves[0] ?? "", !isShortened);
  const tail = groupsOf(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (isShortened ? missing < 1 : missing !== 0) return undefined;
  let value = 0n;
  for (const group of [...head, ...Array.from({ length: missing }, () => 0), ...tail]) {
    value = (value << 16n) | BigInt(group);
  }
  return value;
}

/** The 16-bit groups of one side of `::`. Only the last may be an IPv4 address, and only at the end of the address. */
function groupsOf(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const words = text.split(":");
  for (const [index, word] of words.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(word)) {
      groups.push(Number.parseInt(word, 16));
      continue;
    }
    const ip4 = isEnd && index === words.length - 1 ? parseIp4(word) : undefined;
    if (ip4 === undefined) return undefined;
    groups.push(Math.floor(ip4 / 65_536), ip4 % 65_536);
  }
  return groups.length <= 8 ? groups : undefined;
}

export const IP4_MAX = 0xffff_ffffn;
export const IP6_MAX = (1n << 128n) - 1n;

/** The first 96 bits of `::ffff:0:0/96`. */
const MAPPED_PREFIX = 0xffffn;

/** The longest form there is: eight groups of four with an IPv4 tail is 45. */
const MAX_CHARACTERS = 45;
