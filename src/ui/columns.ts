/** Divides a row's width among the columns of a table: the least important ones go first, the rest grow to their wish. */

export interface ColumnWish {
  readonly name: string;
  /** The column is left out rather than drawn narrower than this. */
  readonly min: number;
  /** More than this is of no use; undefined takes whatever is left. */
  readonly ideal?: number;
  /** Columns with the highest number are dropped first. */
  readonly priority: number;
}

export interface ColumnWidth {
  readonly name: string;
  readonly width: number;
}

/** The columns that are shown in `width`, in their given order, separated by `gap`. */
export function planColumns(wishes: readonly ColumnWish[], width: number, gap = 1): readonly ColumnWidth[] {
  let shown = [...wishes];
  while (shown.length > 1 && minimumOf(shown, gap) > width) {
    const least = shown.reduce((worst, wish) => (wish.priority >= worst.priority ? wish : worst));
    shown = shown.filter((wish) => wish !== least);
  }
  const widths = shown.map((wish) => Math.min(wish.min, Math.max(0, width)));
  let left = width - minimumOf(shown, gap);
  // The most important columns reach their wish first; one without a wish takes what remains after all others.
  const order = shown.map((_, index) => index).sort((a, b) => rankOf(shown[a]) - rankOf(shown[b]));
  for (const index of order) {
    if (left <= 0) break;
    const wish = shown[index];
    if (wish === undefined) continue;
    const more = wish.ideal === undefined ? left : Math.min(left, Math.max(0, wish.ideal - wish.min));
    widths[index] = (widths[index] ?? 0) + more;
    left -= more;
  }
  return shown.map((wish, index) => ({ name: wish.name, width: widths[index] ?? 0 }));
}

function minimumOf(wishes: readonly ColumnWish[], gap: number): number {
  return wishes.reduce((sum, wish) => sum + wish.min, 0) + gap * Math.max(0, wishes.length - 1);
}

function rankOf(wish: ColumnWish | undefined): number {
  if (wish === undefined) return 0;
  return wish.ideal === undefined ? Number.POSITIVE_INFINITY : wish.priority;
}
