/** What rspamd's JSON means for the verdict. Nothing in it is believed to have the form that it should have. */
import type { EngineFinding } from "../../engine.ts";

/** Names of symbols with `*` for any characters. */
export interface SymbolPatterns {
  readonly malware: readonly string[];
  readonly suspicious: readonly string[];
}

export interface RspamdFindings {
  readonly detections: readonly EngineFinding[];
  /** What kept rspamd from looking at the message in full, in words. */
  readonly problems: readonly string[];
}

/** Reads an answer to /checkv2. Throws when it is none. */
export function parseRspamdAnswer(status: number, body: Buffer, patterns: SymbolPatterns): RspamdFindings {
  const answer = parseJson(body);
  const { error, symbols } = answer ?? {};
  if (typeof error === "string") return { detections: [], problems: [`it answered "${error}"`] };
  if (status !== 200) return { detections: [], problems: [`it answered with HTTP status ${status}`] };
  if (answer === undefined || !isObject(symbols)) throw new Error("its answer is not the JSON of /checkv2");
  const detections: EngineFinding[] = [];
  const problems: string[] = answer.is_skipped === true ? ["it skipped the message"] : [];
  for (const [name, value] of Object.entries(symbols)) {
    const { score, options } = isObject(value) ? value : {};
    // How rspamd says that an antivirus engine of its own failed.
    if (name.endsWith(FAILED) && matches(patterns.malware, name.slice(0, -FAILED.length))) {
      problems.push(`${name}: ${textsOf(options).join(", ")}`);
    }
    if (matches(patterns.malware, name)) detections.push(...findings(name, options, "malware"));
    else if (matches(patterns.suspicious, name) && typeof score === "number" && score > 0) {
      detections.push(...findings(name, options, "heuristic"));
    }
  }
  if (detections.every(({ kind }) => kind !== "malware")) detections.push(...rejection(answer));
  return { detections, problems };
}

/** A symbol with the names of what was found, which stand in its options. */
function findings(symbol: string, options: unknown, kind: EngineFinding["kind"]): EngineFinding[] {
  if (kind !== "malware") return [{ name: symbol, kind }];
  const names = textsOf(options).slice(0, MAX_OPTIONS);
  return names.length === 0 ? [{ name: symbol, kind }] : names.map((name) => ({ name: `${symbol}(${name})`, kind }));
}

/** An antivirus rule that rejects by itself says so in its message, whatever its symbol is called. */
function rejection({ action, messages }: Record<string, unknown>): EngineFinding[] {
  const text = isObject(messages) ? messages.smtp_message : undefined;
  if (action !== "reject" || typeof text !== "string" || !VIRUS_MESSAGE.test(text)) return [];
  return [{ name: text, kind: "malware" }];
}

/** `*` stands for any characters. Written without regular expressions: the patterns are the user's, and cost nothing. */
export function matches(patterns: readonly string[], name: string): boolean {
  const text = name.toUpperCase();
  return patterns.some((pattern) => {
    const [first = "", ...rest] = pattern.toUpperCase().split("*");
    const last = rest.pop();
    if (last === undefined) return text === first;
    if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
    let position = first.length;
    for (const word of rest) {
      const found = text.indexOf(word, position);
      if (found < 0) return false;
      position = found + word.length;
    }
    return position <= text.length - last.length;
  });
}

function parseJson(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const FAILED = "_FAIL";
const VIRUS_MESSAGE = /\b(?:virus|malware|infected)\b/i;
const MAX_OPTIONS = 10;
