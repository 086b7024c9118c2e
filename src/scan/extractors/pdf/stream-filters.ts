/** Which filters a PDF stream has (ISO 32000-2 §7.3.8.2): under full names and short ones, in the dictionary or behind
 *  references, and in every reading of what is there twice. */
import { pdfLimits } from "../../../core/scan-limits.ts";
import type { Filter } from "./pdf-filters.ts";
import type { PdfObjects } from "./pdf-objects.ts";
import { entryOf, isDictionary, nameOf, type PdfDictionary, type PdfValue, valuesOf } from "./pdf-value.ts";

/** Filters in the order in which they are undone. */
export type FilterChain = readonly Filter[];

/** The readings of a stream's filters; at least one, which may be empty. */
export function readFilterChains(dictionary: PdfDictionary, objects: PdfObjects): FilterChain[] {
  const names = readNames(dictionary, objects);
  if (names.length === 0) return [[]];
  const parameters = readParameters(dictionary, objects);
  const [first = []] = names;
  if (names.length === 1 && parameters.length <= 1) return [chainOf(first, parameters[0] ?? [])];
  const chains = new Map<string, FilterChain>();
  for (const list of names) {
    for (const parameter of parameters.length === 0 ? [[]] : parameters) {
      const chain = chainOf(list, parameter);
      if (chains.size < pdfLimits.readings) chains.set(keyOf(chain), chain);
    }
  }
  return [...chains.values()];
}

/** The crypt filter that a stream names for itself (§7.4.10). */
export function cryptFilterName(chain: FilterChain): string | undefined {
  const crypt = chain.find(({ name }) => name === "Crypt");
  if (crypt === undefined) return undefined;
  const name = crypt.parameters === undefined ? undefined : nameOf(entryOf(crypt.parameters, "Name"));
  return name ?? "Identity";
}

/** The values of the keys, each with all that it may refer to: lists of what `pick` makes of one element. */
function readLists<Item>(
  values: readonly PdfValue[],
  objects: PdfObjects,
  pick: (value: PdfValue) => Item | undefined,
): (Item | undefined)[][] {
  const lists: (Item | undefined)[][] = [];
  for (const value of values.slice(0, pdfLimits.readings).flatMap((entry) => objects.resolve(entry))) {
    if (typeof value === "number") continue;
    if (value.kind !== "array") {
      lists.push([pick(value)]);
      continue;
    }
    const items = value.items.slice(0, pdfLimits.filters + 1).map((item) => objects.resolve(item));
    const count = Math.max(1, ...items.map(({ length }) => length));
    for (let index = 0; index < count; index += 1) {
      lists.push(
        items.map((candidates) => {
          const candidate = candidates[Math.min(index, candidates.length - 1)];
          return candidate === undefined ? undefined : pick(candidate);
        }),
      );
    }
  }
  return lists;
}

function readNames(dictionary: PdfDictionary, objects: PdfObjects): string[][] {
  const lists = readLists(valuesOf(dictionary, "Filter", "F"), objects, nameOf);
  const isNamed = (name: string | undefined): name is string => name !== undefined;
  return lists.map((list) => list.filter(isNamed)).filter((list) => list.length > 0);
}

function readParameters(dictionary: PdfDictionary, objects: PdfObjects): (PdfDictionary | undefined)[][] {
  const pick = (value: PdfValue): PdfDictionary | undefined => (isDictionary(value) ? value : undefined);
  const lists = readLists(valuesOf(dictionary, "DecodeParms", "DP"), objects, pick);
  return lists.filter((list) => list.some((parameter) => parameter !== undefined));
}

function chainOf(names: readonly string[], parameters: readonly (PdfDictionary | undefined)[]): FilterChain {
  return names.map((name, index) => ({ name, parameters: parameters[index] }));
}

function keyOf(chain: FilterChain): string {
  return JSON.stringify(
    chain.map(({ name, parameters }) => [name, parameters?.pairs ?? []]),
    withoutOctets,
  );
}

function withoutOctets(key: string, value: unknown): unknown {
  return key === "bytes" ? "" : value;
}
