/** The log as lines, one an event: text for people or JSON for programs. The clock of the system stands here too. */
import type { Clock } from "../core/clock.ts";
import { logLimits } from "../core/limits.ts";
import type { LogFields, Logger, LogLevel } from "../core/log.ts";
import { sanitize } from "../core/sanitize.ts";

/** Where lines go. `pendingBytes` are written but not yet taken by the reader. */
export interface LogOutput {
  write(text: string): void;
  readonly pendingBytes?: number;
}

export interface LoggerOptions {
  readonly output: LogOutput;
  readonly level: LogLevel;
  readonly format: "text" | "json";
  readonly clock: Clock;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** A logger whose lines can not be forged from the wire: every value is sanitized and cut, every event is one line. It
 *  never throws; what a slow or broken reader does not take is counted and dropped. */
export function createLogger(options: LoggerOptions): Logger {
  const { output, clock } = options;
  const threshold = LEVELS.indexOf(options.level);
  const buildLine = options.format === "json" ? jsonLine : textLine;
  const timestamps = cachedTimestamps();
  let dropped = 0;

  return {
    log(level, event, fields = {}) {
      if (LEVELS.indexOf(level) < threshold) return;
      try {
        if ((output.pendingBytes ?? 0) > logLimits.pendingBytes) {
          dropped += 1;
          return;
        }
        const time = timestamps(clock.now());
        if (dropped > 0) output.write(buildLine(time, "warning", "log-lines-dropped", { count: dropped }));
        dropped = 0;
        output.write(buildLine(time, level, event, fields));
      } catch {
        dropped += 1;
      }
    },
  };
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/** The same text for all lines of a second. */
function cachedTimestamps(): (ms: number) => string {
  let second = Number.NaN;
  let text = "";
  return (ms) => {
    const now = Math.floor(ms / 1_000);
    if (now !== second) {
      second = now;
      text = timestamp(ms);
    }
    return text;
  };
}

/** RFC 3339 in UTC to the second, as syslog and people have it. */
function timestamp(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "-" : `${date.toISOString().slice(0, 19)}Z`;
}

function textLine(time: string, level: LogLevel, event: string, fields: LogFields): string {
  let line = `${time} ${level} ${sanitize(event, logLimits.valueCharacters)}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const field = ` ${fieldName(name)}=${textValue(value)}`;
    if (line.length + field.length > logLimits.lineCharacters - CUT.length) return `${line}${CUT}\n`;
    line += field;
  }
  return `${line}\n`;
}

/** Quotes what would otherwise run into the next field. */
function textValue(value: NonNullable<LogFields[string]>): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : value.join(",");
  if (text.length <= logLimits.valueCharacters) {
    if (PLAIN_WORD.test(text)) return text;
    if (PLAIN_TEXT.test(text)) return `"${text}"`;
  }
  const safe = sanitize(text, logLimits.valueCharacters);
  return /^[^\s"=]+$/.test(safe) ? safe : `"${safe.replace(/["\\]/g, "\\$&")}"`;
}

function jsonLine(time: string, level: LogLevel, event: string, fields: LogFields): string {
  let line = `{"time":${JSON.stringify(time)},"level":"${level}","event":${jsonValue(event)}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const key = RESERVED.has(name) ? `field_${name}` : fieldName(name);
    const field = `,${JSON.stringify(key)}:${jsonValue(value)}`;
    if (line.length + field.length > logLimits.lineCharacters - JSON_CUT.length) return `${line}${JSON_CUT}\n`;
    line += field;
  }
  return `${line}}\n`;
}

function jsonValue(value: NonNullable<LogFields[string]>): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : JSON.stringify(String(value));
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(sanitize(value, logLimits.valueCharacters));
  return JSON.stringify(value.map((text) => sanitize(text, logLimits.valueCharacters)));
}

/** Names are the program's own, but they must not break a line either. */
function fieldName(name: string): string {
  if (PLAIN_NAME.test(name)) return name;
  return name.replace(/[^A-Za-z0-9_.-]/g, "_").slice(0, MAX_NAME_CHARACTERS);
}

const RESERVED: ReadonlySet<string> = new Set(["time", "level", "event", "truncated"]);
const MAX_NAME_CHARACTERS = 64;
/** What needs no escaping, and no quotes. */
const PLAIN_WORD = /^[!#-<>-~]+$/;
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;
const PLAIN_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const CUT = " …";
const JSON_CUT = ',"truncated":true}';
