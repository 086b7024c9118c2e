/** Divides the height below the header among the table, the chosen connection's details, detections and hints. */

export interface RowWishes {
  readonly connections: number;
  /** Lines of the details, their blank line included; 0 when nothing is chosen. */
  readonly detail: number;
  /** Detections there are to show. */
  readonly recent: number;
  /** Lines of the hints, their title included. */
  readonly hints: number;
}

export interface RowPlan {
  readonly hasHeading: boolean;
  readonly table: number;
  readonly detail: number;
  /** Detections shown; they cost a blank line and a title more. */
  readonly recent: number;
  /** Hint lines shown, all or none; they cost a blank line more. */
  readonly hints: number;
}

/** With connections the table comes first and keeps half of the room; without any, the hints do. What one block does
 *  not need goes to the next, and what is left over at last to the detections. */
export function planRows(rows: number, wishes: RowWishes): RowPlan {
  const hasHeading = rows >= 2;
  let free = Math.max(0, rows - (hasHeading ? 1 : 0));
  const tableMin = Math.min(free, Math.max(1, Math.min(wishes.connections, Math.ceil(free / 2))));
  free -= tableMin;

  const isQuiet = wishes.connections === 0;
  const hintsCost = wishes.hints + 1;
  const earlyHints = isQuiet && wishes.hints > 0 && free >= hintsCost ? wishes.hints : 0;
  if (earlyHints > 0) free -= hintsCost;

  const detail = wishes.detail > 0 && free >= wishes.detail ? wishes.detail : 0;
  free -= detail;

  const recent = free > RECENT_OVERHEAD ? Math.min(wishes.recent, USUAL_RECENT, free - RECENT_OVERHEAD) : 0;
  if (recent > 0) free -= recent + RECENT_OVERHEAD;

  const table = Math.min(tableMin + free, Math.max(tableMin, wishes.connections * MAX_LINES_PER_CONNECTION));
  free -= table - tableMin;

  const lateHints = !isQuiet && wishes.hints > 0 && free >= hintsCost ? wishes.hints : 0;
  if (lateHints > 0) free -= hintsCost;

  const more = recent > 0 ? Math.min(wishes.recent - recent, free) : 0;
  return { hasHeading, table, detail, recent: recent + more, hints: earlyHints + lateHints };
}

/** A blank line and a title. */
const RECENT_OVERHEAD = 2;
const USUAL_RECENT = 6;
const MAX_LINES_PER_CONNECTION = 2;
