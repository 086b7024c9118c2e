/** Sequence sets (RFC 9051 §9): `1:5,9,20:*`. */

/** True when the message with this number may be in `set`. Sets with `*` or `$` depend on what the upstream knows: they
 *  may hold any message. */
export function mayContain(set: string, number: number): boolean {
  if (set.includes("*") || set.includes("$")) return true;
  return set.split(",").some((range) => {
    const [first = "", last = first] = range.split(":");
    const [low, high] = [Number(first), Number(last)].sort((left, right) => left - right);
    return low !== undefined && high !== undefined && low <= number && number <= high;
  });
}

/** Whether `uid` is in `set`, which has numbers only, and how many numbers in it are smaller. */
export function containedBelow(set: string, uid: number): { isContained: boolean; below: number } {
  let below = 0;
  let isContained = false;
  for (const range of set.split(",")) {
    const [first = Number.NaN, last = first] = range.split(":").map(Number);
    const low = Math.min(first, last);
    const high = Math.max(first, last);
    if (low <= uid && uid <= high) isContained = true;
    if (low < uid) below += Math.min(high, uid - 1) - low + 1;
  }
  return { isContained, below };
}
