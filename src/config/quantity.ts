/** Sizes and times as people write them: "30 MB", "1 GiB", "120 s", "2 min". */
import { invalid, ok, type Parsed } from "./parsed.ts";

/** What can be written with a unit. `base` is what a bare number counts. */
export interface QuantityUnits {
  readonly noun: string;
  readonly base: string;
  /** Unit names in lower case and what each is in the base unit. */
  readonly factors: ReadonlyMap<string, number>;
  /** Units used for writing, the largest first. */
  readonly shown: readonly (readonly [name: string, factor: number])[];
}

/** Bytes. kB, MB, GB and TB are binary like KiB, MiB, GiB and TiB: 1 MB is 1,048,576 bytes, as in most mail servers. */
export const SIZE: QuantityUnits = unitsOf("size", "bytes", "B", [
  ["TiB", 1024 ** 4, ["tb", "t"]],
  ["GiB", 1024 ** 3, ["gb", "g"]],
  ["MiB", 1024 ** 2, ["mb", "m"]],
  ["KiB", 1024, ["kb", "k"]],
  ["B", 1, ["byte", "bytes"]],
]);

/** Milliseconds. */
export const DURATION: QuantityUnits = unitsOf("time", "milliseconds", "ms", [
  ["h", 3_600_000, ["hour", "hours"]],
  ["min", 60_000, ["minute", "minutes"]],
  ["s", 1_000, ["sec", "second", "seconds"]],
  ["ms", 1, ["millisecond", "milliseconds"]],
]);

/** Reads a number of base units, or text with a number and a unit: "1.5 GiB". */
export function parseQuantity(input: number | string, units: QuantityUnits): Parsed<number> {
  if (typeof input === "number") return whole(input, units);
  const match = /^([0-9]{1,16}(?:\.[0-9]{1,6})?)\s*([a-z]*)$/i.exec(input.trim());
  if (match === null) return invalid(`not a ${units.noun}`);
  const [, digits = "", unit = ""] = match;
  const factor = unit === "" ? 1 : units.factors.get(unit.toLowerCase());
  if (factor === undefined) return invalid(`"${unit}" is no unit of ${units.noun}`);
  return whole(Math.round(Number(digits) * factor), units);
}

/** The quantity with the largest unit that needs no fraction: 31457280 is "30 MiB", 1500 is "1500 B". */
export function formatQuantity(value: number, units: QuantityUnits): string {
  const smallest = units.shown.at(-1) ?? ["", 1];
  const [name, factor] = units.shown.find(([, size]) => value !== 0 && value % size === 0) ?? smallest;
  return `${value / factor} ${name}`;
}

function whole(value: number, units: QuantityUnits): Parsed<number> {
  return Number.isSafeInteger(value) && value >= 0 ? ok(value) : invalid(`not a whole number of ${units.base}`);
}

function unitsOf(
  noun: string,
  base: string,
  baseUnit: string,
  rows: readonly (readonly [name: string, factor: number, others: readonly string[]])[],
): QuantityUnits {
  const factors = new Map<string, number>([[baseUnit.toLowerCase(), 1]]);
  for (const [name, factor, others] of rows) {
    for (const word of [name, ...others]) factors.set(word.toLowerCase(), factor);
  }
  return { noun, base, factors, shown: rows.map(([name, factor]) => [name, factor] as const) };
}
