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
