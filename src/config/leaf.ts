/** One key of the configuration: what it accepts, what it is when nothing is said, how it is read and written. */
import * as z from "zod";
import { configLimits } from "../core/limits.ts";
import { invalid, type Parsed } from "./parsed.ts";
import { DURATION, formatQuantity, parseQuantity, type QuantityUnits, SIZE } from "./quantity.ts";

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** `T` is the value as the program uses it. */
export interface Leaf<T> {
  /** From the file's form to the value. */
  readonly type: z.ZodType<T>;
  /** The default in the file's form. */
  readonly fallback: JsonValue;
  /** For people: completes "Accepted: …". */
  readonly accepts: string;
  readonly description: string;
  readonly kind: "text" | "number" | "quantity" | "boolean" | "list";
  /** Relative paths in the value are meant from the file's folder. */
  readonly isPath?: boolean;
  /** The paths in the value may be those of folders. */
  readonly isFolder?: boolean;
  /** `off`, typed, is the empty list. */
  readonly mayBeOff?: boolean;
  /** From the value to the file's form. */
  write(value: T): JsonValue;
}

interface About {
  readonly description: string;
}

interface AboutPath extends About {
  /** A folder may be named as well. */
  readonly isFolder?: boolean;
}

/** A size in bytes. */
export function size(about: About & { fallback: number; min: number; max: number }): Leaf<number> {
  return quantity(SIZE, "a size such as 30 MB or a number of bytes", about);
}

/** A time in milliseconds. */
export function duration(about: About & { fallback: number; min: number; max: number }): Leaf<number> {
  return quantity(DURATION, "a time such as 90 s or 2 min, or a number of milliseconds", about);
}

/** A time in milliseconds, or undefined: off. */
export function durationOrOff(about: About & { fallback: number; min: number; max: number }): Leaf<number | undefined> {
  const leaf = duration(about);
  return {
    ...leaf,
    accepts: `${leaf.accepts}, or "off"`,
    type: z.union([z.string(), z.number()]).transform((input, context) => {
      if (typeof input === "string" && input.trim().toLowerCase() === OFF) return undefined;
      const result = leaf.type.safeParse(input);
      if (result.success) return result.data;
      for (const { message } of result.error.issues) context.addIssue({ code: "custom", message });
      return z.NEVER;
    }),
    write: (value) => (value === undefined ? OFF : leaf.write(value)),
  };
}

/** A whole number. */
export function integer(about: About & { fallback: number; min: number; max: number }): Leaf<number> {
  return {
    description: about.description,
    kind: "number",
    accepts: `a whole number from ${about.min} to ${about.max}`,
    fallback: about.fallback,
    type: z.number().int().min(about.min).max(about.max),
    write: (value) => value,
  };
}

export function flag(about: About & { fallback: boolean }): Leaf<boolean> {
  return {
    description: about.description,
    kind: "boolean",
    accepts: "true or false",
    fallback: about.fallback,
    type: z.boolean(),
    write: (value) => value,
  };
}

/** One of a few words. */
export function choice<const T extends string>(about: About & { fallback: T; words: readonly T[] }): Leaf<T> {
  return {
    description: about.description,
    kind: "text",
    accepts: about.words.map((word) => `"${word}"`).join(", "),
    fallback: about.fallback,
    type: z.enum(about.words),
    write: (value) => value,
  };
}

/** The name of a file, or none. */
export function optionalPath(about: AboutPath): Leaf<string | undefined> {
  return {
    description: about.description,
    kind: "text",
    isPath: true,
    isFolder: about.isFolder === true,
    accepts: `the name of a ${about.isFolder === true ? "folder" : "file"}, or null for none`,
    fallback: null,
    type: z.union([pathType, z.null()]).transform((path) => path ?? undefined),
    write: (value) => value ?? null,
  };
}

/** A text that `read` accepts, or none. */
export function optionalText(
  about: About & { accepts: string; read: (text: string) => Parsed<unknown> },
): Leaf<string | undefined> {
  const text = z
    .string()
    .max(configLimits.textCharacters)
    .transform((value, context) => {
      const parsed = value.trim() === "" ? invalid("it is empty") : about.read(value);
      if (parsed.type === "ok") return value.trim();
      context.addIssue({ code: "custom", message: parsed.problem });
      return z.NEVER;
    });
  return {
    description: about.description,
    kind: "text",
    accepts: about.accepts,
    fallback: null,
    type: z.union([text, z.null()]).transform((value) => value ?? undefined),
    write: (value) => value ?? null,
  };
}

export function pathList(about: AboutPath): Leaf<readonly string[]> {
  return {
    description: about.description,
    kind: "list",
    isPath: true,
    isFolder: about.isFolder === true,
    accepts: `a list of names of files${about.isFolder === true ? " or folders" : ""}`,
    fallback: [],
    type: listOf(pathType),
    write: (value) => value,
  };
}

/** Texts that `read` accepts; a text stands for itself, doubles are dropped. */
export function textList(
  about: About & {
    fallback: readonly string[];
    accepts: string;
    read: (text: string) => Parsed<unknown>;
    mayBeOff?: boolean;
  },
): Leaf<readonly string[]> {
  const entry = z
    .string()
    .max(configLimits.textCharacters)
    .transform((text, context) => {
      const parsed = text.trim() === "" ? invalid("it is empty") : about.read(text);
      if (parsed.type === "ok") return text.trim();
      context.addIssue({ code: "custom", message: parsed.problem });
      return z.NEVER;
    });
  return {
    description: about.description,
    kind: "list",
    accepts: `a list of ${about.accepts}`,
    fallback: about.fallback,
    mayBeOff: about.mayBeOff === true,
    type: listOf(entry),
    write: (value) => value,
  };
}

/** TCP port numbers. */
export function portList(about: About & { fallback: readonly number[] }): Leaf<readonly number[]> {
  return {
    description: about.description,
    kind: "list",
    accepts: "a list of port numbers from 1 to 65535",
    fallback: about.fallback,
    type: listOf(z.number().int().min(1).max(65_535)),
    write: (value) => value,
  };
}

const OFF = "off";

const pathType = z
  .string()
  .min(1)
  .max(configLimits.textCharacters)
  .refine((path) => !path.includes("\u0000"), "a file's name holds no NUL");

function listOf<T>(entry: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z
    .array(entry)
    .max(configLimits.listEntries)
    .transform((entries) => [...new Set(entries)]);
}

function quantity(
  units: QuantityUnits,
  form: string,
  about: About & { fallback: number; min: number; max: number },
): Leaf<number> {
  const least = formatQuantity(about.min, units);
  const most = formatQuantity(about.max, units);
  return {
    description: about.description,
    kind: "quantity",
    accepts: `${form}, from ${least} to ${most}`,
    fallback: formatQuantity(about.fallback, units),
    type: z.union([z.string(), z.number()]).transform((input, context) => {
      const parsed = parseQuantity(input, units);
      const problem = parsed.type === "invalid" ? parsed.problem : outside(parsed.value);
      if (parsed.type === "ok" && problem === undefined) return parsed.value;
      context.addIssue({ code: "custom", message: problem ?? "" });
      return z.NEVER;
    }),
    write: (value) => formatQuantity(value, units),
  };

  function outside(value: number): string | undefined {
    const shown = formatQuantity(value, units);
    if (value < about.min) return `${shown} is less than ${least}`;
    return value > about.max ? `${shown} is more than ${most}` : undefined;
  }
}
