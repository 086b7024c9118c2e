/** The nearest of the words that would have been right, for whoever mistyped one. */

/** The candidate nearest to `word`, if it is near enough to be meant. Letter case does not count. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.slice(0, MAX_CHARACTERS).toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const known = candidate.slice(0, MAX_CHARACTERS).toLowerCase();
    const distance = editDistance(typed, known);
    if (distance < bestDistance && distance <= allowedDistance(typed, known)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `left` into `right`
 *  (Damerau-Levenshtein, optimal string alignment). */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}

/** A third of the longer word, at least one letter: "prot" is "ports", "xyz" is nothing. */
function allowedDistance(typed: string, known: string): number {
  if (typed !== "" && known.startsWith(typed)) return known.length;
  return Math.max(1, Math.floor(Math.max(typed.length, known.length) / 3));
}

/** Longer words than this are compared by their beginnings: the work is quadratic. */
const MAX_CHARACTERS = 64;
