/** Recognises connections that would come back to this very program. */
import { addressScope } from "../core/address-scope.ts";
import { parseIpAddress } from "../core/ip-address.ts";

/** Whether a connection to `address` and `port` arrives at a listener bound to `listener`, however either is written:
 *  IPv4-mapped addresses are IPv4, and the unspecified address (`0.0.0.0`, `::`) means this machine on both sides. */
export function isReached(
  listener: { readonly address: string; readonly port: number },
  address: string,
  port: number,
  localAddresses: readonly string[],
): boolean {
  if (listener.port !== port) return false;
  if (isUnspecified(address) || isSame(listener.address, address)) return true;
  if (!isUnspecified(listener.address)) return false;
  return addressScope(address) === "loopback" || localAddresses.some((local) => isSame(local, address));
}

function isSame(left: string, right: string): boolean {
  const [first, second] = [parseIpAddress(left), parseIpAddress(right)];
  if (first === undefined || second === undefined) return left === right;
  return first.family === second.family && first.value === second.value;
}

function isUnspecified(address: string): boolean {
  return parseIpAddress(address)?.value === 0n;
}
