/** Time as the ranks below `app` see it: handed in, so that tests own it. */
export interface Clock {
  /** Milliseconds since the epoch, for showing. */
  now(): number;
  /** Milliseconds from an arbitrary start that never jumps, for measuring. */
  monotonic(): number;
}
