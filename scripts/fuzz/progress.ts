/** What a process that fuzzes tells the one that has started it. */
import type { FuzzResult } from "./fuzz.ts";

/** First that it is ready, with the memory that it takes until then; after each step how far it is. */
export type Progress = { readonly baseMib: number } | ({ readonly done: number } & FuzzResult);

/** Inputs between two signs of life: few, so that what is left of them is not much. */
export const STEP = 16;
