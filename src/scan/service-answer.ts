/** What the scan service answers, as JSON: built by the scan thread, checked by the daemon, which believes nothing of
 *  it. A value that breaks a bound is no answer at all: the process that sent it is compromised or broken. */

import {
  type Detection,
  type DetectionKind,
  type Edit,
  type MessageDisplay,
  type Reason,
  type ReasonCode,
  type Remark,
  type RemarkKind,
  verdictOf,
} from "../core/model.ts";
import { scanLimits, serviceLimits } from "../core/scan-limits.ts";
import type { Judgement, Rewrite } from "./judge.ts";
import { type Fragment, fragmentFrom } from "./message-fragment.ts";
import { parseSections, type SectionsResult } from "./sections.ts";

/** How a job ends. `failed` is what broke a scan thread; the codes are those of the verdict's reason. */
export type Answer =
  | { readonly type: "judged"; readonly judgement: Judgement }
  | { readonly type: "rewritten"; readonly rewrite: Rewrite }
  | { readonly type: "described"; readonly display: MessageDisplay }
  | { readonly type: "sections"; readonly result: SectionsResult }
  | { readonly type: "failed"; readonly code: "crash" | "timeout"; readonly detail: string }
  | { readonly type: "cancelled" };

/** A judgement as JSON text, cut to the service's limits. The verdict's kind does not travel: it follows from the
 *  findings, and the most serious ones are never cut. */
export function encodeJudgement(judgement: Judgement): string {
  const { verdict, remarks, display, headerBytes, durationMs, fragment } = judgement;
  return JSON.stringify({
    type: "judged",
    detections: worstFirst(verdict.detections).map(({ name, kind, engine, part, path }) => ({
      name: cut(name),
      kind,
      engine: cut(engine),
      part: cut(part),
      path: cutPath(path),
    })),
    reasons: verdict.reasons
      .slice(0, scanLimits.findings)
      .map(({ code, part, detail }) => ({ code, part: cut(part), detail: cut(detail) })),
    remarks: remarks
      .slice(0, scanLimits.findings)
      .map(({ kind, part, detail }) => ({ kind, part: cut(part), detail: cut(detail) })),
    display: cutDisplay(display),
    headerBytes,
    durationMs,
    ...(fragment && { fragment: { id: fragment.id, number: fragment.number, total: fragment.total } }),
  });
}

/** What people are shown of a message as JSON text. */
export function encodeDisplay(display: MessageDisplay): string {
  return JSON.stringify({ type: "described", display: cutDisplay(display) });
}

/** A rewrite as JSON text; the octets of its edits, joined, travel before it. */
export function encodeRewrite(rewrite: Rewrite): string {
  return JSON.stringify({
    type: "rewritten",
    edits: rewrite.edits.map(({ start, end, bytes }) => [start, end, bytes.length]),
    headerBytes: rewrite.headerBytes,
    isWhole: rewrite.isWhole,
  });
}

export function encodeFailure(code: "crash" | "timeout", detail: string): string {
  return JSON.stringify({ type: "failed", code, detail: cut(detail) });
}

export const CANCELLED = JSON.stringify({ type: "cancelled" });

/** The most octets that the edits of a rewrite may bring. */
export function maxEditBytes(messageBytes: number): number {
  return 2 * messageBytes + serviceLimits.editBytes;
}

/** Parses an answer about a message of `messageBytes`. `octets` came before it. Undefined when anything is wrong. */
export function parseAnswer(payload: Buffer, octets: Buffer, messageBytes: number): Answer | undefined {
  const value = parseObject(payload);
  if (value === undefined) return undefined;
  switch (value.type) {
    case "judged":
      return octets.length === 0 ? parseJudged(value, messageBytes) : undefined;
    case "rewritten":
      return parseRewritten(value, octets, messageBytes);
    case "described": {
      const display = octets.length === 0 ? parseDisplay(value.display) : undefined;
      return display === undefined ? undefined : { type: "described", display };
    }
    case "sections": {
      const result = parseSections(value, octets, messageBytes);
      return result === undefined ? undefined : { type: "sections", result };
    }
    case "failed": {
      const { code, detail } = value;
      if ((code !== "crash" && code !== "timeout") || !isText(detail)) return undefined;
      return { type: "failed", code, detail };
    }
    case "cancelled":
      return { type: "cancelled" };
    default:
      return undefined;
  }
}

/** The object that JSON text in UTF-8 stands for, or undefined. */
export function parseObject(payload: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseJudged(value: Record<string, unknown>, messageBytes: number): Answer | undefined {
  const { headerBytes, durationMs } = value;
  const detections = parseList(value.detections, scanLimits.findings, parseDetection);
  const reasons = parseList(value.reasons, scanLimits.findings, parseReason);
  const remarks = parseList(value.remarks, scanLimits.findings, parseRemark);
  const display = parseDisplay(value.display);
  if (detections === undefined || reasons === undefined) return undefined;
  if (remarks === undefined || display === undefined) return undefined;
  if (!isCount(headerBytes, messageBytes) || typeof durationMs !== "number" || !(durationMs >= 0)) return undefined;
  const fragment = value.fragment === undefined ? undefined : parseFragment(value.fragment);
  if (fragment === undefined && value.fragment !== undefined) return undefined;
  const verdict = verdictOf(detections, reasons);
  const judgement = { verdict, remarks, display, headerBytes, durationMs, ...(fragment && { fragment }) };
  return { type: "judged", judgement };
}

function parseFragment(value: unknown): Fragment | undefined {
  return isObject(value) ? fragmentFrom(value.id, value.number, value.total) : undefined;
}

function parseRewritten(value: Record<string, unknown>, octets: Buffer, messageBytes: number): Answer | undefined {
  const { headerBytes, isWhole } = value;
  const ranges = parseList(value.edits, serviceLimits.edits, parseRange);
  if (ranges === undefined || typeof isWhole !== "boolean") return undefined;
  const edits: Edit[] = [];
  let end = 0;
  let used = 0;
  let removed = 0;
  for (const range of ranges) {
    if (range.start < end || range.end < range.start || range.end > messageBytes) return undefined;
    if (range.bytes > octets.length - used) return undefined;
    edits.push({ start: range.start, end: range.end, bytes: octets.subarray(used, used + range.bytes) });
    used += range.bytes;
    removed += range.end - range.start;
    end = range.end;
  }
  if (used !== octets.length || !isCount(headerBytes, messageBytes - removed + used)) return undefined;
  return { type: "rewritten", rewrite: { edits, headerBytes, isWhole } };
}

function parseDetection(value: unknown): Detection | undefined {
  if (!isObject(value)) return undefined;
  const { name, kind, engine, part } = value;
  if (!isText(name) || !isDetectionKind(kind) || !isText(engine) || !isText(part)) return undefined;
  const path = parseList(value.path, serviceLimits.pathNames, parseText);
  return path === undefined ? undefined : { name, kind, engine, part, path };
}

function parseReason(value: unknown): Reason | undefined {
  if (!isObject(value)) return undefined;
  const { code, part, detail } = value;
  if (!isReasonCode(code) || !isText(part) || !isText(detail)) return undefined;
  return { code, part, detail };
}

function parseRemark(value: unknown): Remark | undefined {
  if (!isObject(value)) return undefined;
  const { kind, part, detail } = value;
  if (!isRemarkKind(kind) || !isText(part) || !isText(detail)) return undefined;
  return { kind, part, detail };
}

function parseDisplay(value: unknown): MessageDisplay | undefined {
  if (!isObject(value)) return undefined;
  const { subject, from, date, messageId } = value;
  if (!isText(subject) || !isText(from) || !isText(date) || !isText(messageId)) return undefined;
  return { subject, from, date, messageId };
}

function parseRange(value: unknown): { start: number; end: number; bytes: number } | undefined {
  if (!Array.isArray(value)) return undefined;
  const [start, end, bytes]: unknown[] = value;
  const max = Number.MAX_SAFE_INTEGER;
  return isCount(start, max) && isCount(end, max) && isCount(bytes, max) ? { start, end, bytes } : undefined;
}

function parseText(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

function parseList<T>(value: unknown, maxLength: number, parseItem: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value) || value.length > maxLength) return undefined;
  const items: T[] = [];
  for (const entry of value) {
    const item = parseItem(entry);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= serviceLimits.textCharacters;
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max;
}

function isDetectionKind(value: unknown): value is DetectionKind {
  return typeof value === "string" && Object.hasOwn(DETECTION_KINDS, value);
}

function isRemarkKind(value: unknown): value is RemarkKind {
  return value === "ambiguity" || value === "opened" || value === "rule";
}

function isReasonCode(value: unknown): value is ReasonCode {
  return typeof value === "string" && Object.hasOwn(REASON_CODES, value);
}

function worstFirst(detections: readonly Detection[]): readonly Detection[] {
  if (detections.length <= scanLimits.findings) return detections;
  const rank = ({ kind }: Detection): number => DETECTION_KINDS[kind];
  return detections.toSorted((left, right) => rank(left) - rank(right)).slice(0, scanLimits.findings);
}

function cutDisplay({ subject, from, date, messageId }: MessageDisplay): MessageDisplay {
  return { subject: cut(subject), from: cut(from), date: cut(date), messageId: cut(messageId) };
}

function cut(text: string, maxCharacters: number = serviceLimits.textCharacters): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters - 1)}…`;
}

/** Keeps the outermost names and the innermost one, which is what was found. */
function cutPath(path: readonly string[]): string[] {
  const max = serviceLimits.pathNames;
  const names = path.length <= max ? path : [...path.slice(0, max - 1), path.at(-1) ?? ""];
  return names.map((name) => cut(name, serviceLimits.pathCharacters));
}

/** The kinds, each with its rank: what is cut first has the highest. */
const DETECTION_KINDS: Record<DetectionKind, number> = { malware: 0, heuristic: 1, policy: 2 };

const REASON_CODES: Record<ReasonCode, true> = {
  "limit-message": true,
  "limit-depth": true,
  "limit-parts": true,
  "limit-views": true,
  "limit-bytes": true,
  "limit-entries": true,
  "limit-ratio": true,
  "limit-detections": true,
  "limit-time": true,
  unsupported: true,
  encrypted: true,
  damaged: true,
  partial: true,
  "external-body": true,
  engine: true,
  crash: true,
  timeout: true,
};
