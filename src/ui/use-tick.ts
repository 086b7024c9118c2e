/** Draws again when a shown duration changes though no snapshot did. */
import { useEffect, useState } from "react";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** Renders the calling component again in `waitMs`, and so on from there. */
export function useTick(waitMs: number): void {
  const [ticks, setTicks] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each tick sets the next timer, also when it waits as long
  useEffect(() => {
    const timer = setTimeout(() => setTicks((before) => before + 1), waitMs);
    return () => clearTimeout(timer);
  }, [ticks, waitMs]);
}

/** Milliseconds until the text of a duration of `elapsedMs` changes: each second in the first minute, then each
 *  minute. Bounded, whatever the clock does. */
export function untilNextChange(elapsedMs: number): number {
  if (!(elapsedMs >= 0)) return SECOND_MS;
  const unit = elapsedMs >= MINUTE_MS ? MINUTE_MS : SECOND_MS;
  return Math.max(50, unit - (elapsedMs % unit));
}
