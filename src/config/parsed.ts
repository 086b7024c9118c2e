/** What the readers of single values answer: the value, or what is wrong with the text. */
export type Parsed<T> =
  | { readonly type: "ok"; readonly value: T }
  /** `problem` stands alone: "120 ms is less than 1 s". It never repeats a password. */
  | { readonly type: "invalid"; readonly problem: string };

export function ok<T>(value: T): Parsed<T> {
  return { type: "ok", value };
}

export function invalid(problem: string): { readonly type: "invalid"; readonly problem: string } {
  return { type: "invalid", problem };
}
