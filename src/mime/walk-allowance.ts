/** What taking messages apart may still cost; one for a message and all messages inside it. */
import { mimeLimits } from "../core/limits.ts";

export class WalkAllowance {
  /** Entities that may still be made. */
  parts: number;
  /** Of these, entities that only unusual readings show. */
  irregular: number = mimeLimits.irregularEntities;
  /** Lines that may still be compared with boundaries. */
  comparisons: number = mimeLimits.delimiterComparisons;

  constructor(parts: number) {
    this.parts = parts > 0 ? parts : 0;
  }
}
