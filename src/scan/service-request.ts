/** What the daemon asks of the scan service, as JSON: built by the daemon, checked by the service. */

import type { FindingClass } from "../core/model.ts";
import { serviceLimits } from "../core/scan-limits.ts";
import type { EngineSettings } from "../core/settings.ts";
import { parseEngineSettings } from "./engine-settings.ts";
import type { NoticeContext, RewriteRequest, ScanOptions } from "./judge.ts";
import { parseKnownFindings } from "./remote/known-findings.ts";
import { parseWant, type SectionsWant } from "./sections.ts";
import { parseObject } from "./service-answer.ts";

/** The first frame: everything that stays the same for the life of the process. `threads` is at least 1. */
export interface ServiceStart {
  readonly scan: ScanOptions;
  readonly threads: number;
  readonly engines: EngineSettings;
  readonly passwordFile: string | undefined;
  /** Whether the threads remember parts of messages that they found nothing in. */
  readonly remembersParts?: boolean;
  /** Where a form of the databases is kept that loads faster; nowhere when it is not given. */
  readonly cacheDirectory?: string;
  /** Identity of the databases that were loaded last; they are used when those that are there now can not be. Empty
   *  when there were none before. Not given, nothing is kept for that. */
  readonly lastGood?: string;
}

/** One job; `bytes` octets of a message follow. */
export type JobRequest =
  | { readonly kind: "judge"; readonly bytes: number }
  /** The octets are a header and nothing else: only what people are shown of it is asked for. */
  | { readonly kind: "describe"; readonly bytes: number }
  | { readonly kind: "rewrite"; readonly bytes: number; readonly rewrite: RewriteRequest }
  /** The octets are what is delivered, or the body of one part of it. */
  | { readonly kind: "sections"; readonly bytes: number; readonly want: SectionsWant };

export type JobKind = JobRequest["kind"];

export function encodeStart(start: ServiceStart): string {
  return JSON.stringify(start);
}

/** The texts of the context come from the wire: they are cut here. */
export function encodeRequest(request: JobRequest): string {
  if (request.kind === "sections") return JSON.stringify({ bytes: request.bytes, want: request.want });
  if (request.kind !== "rewrite") return `{"bytes":${request.bytes}}`;
  const { context, remove, known } = request.rewrite;
  const { protocol, upstream, account, date } = context;
  return JSON.stringify({
    bytes: request.bytes,
    context: { protocol: cut(protocol), upstream: cut(upstream), account: cut(account), date: cut(date) },
    remove,
    known,
  });
}

export function parseStart(payload: Buffer): ServiceStart | undefined {
  const value = parseObject(payload);
  if (value === undefined) return undefined;
  const { threads, passwordFile, remembersParts = false, cacheDirectory, lastGood } = value;
  const scan = parseScanOptions(value.scan);
  if (scan === undefined || !isCount(threads) || threads < 1) return undefined;
  const engines = parseEngineSettings(value.engines);
  if (engines === undefined || (passwordFile !== undefined && typeof passwordFile !== "string")) return undefined;
  if (typeof remembersParts !== "boolean") return undefined;
  if (!isOptionalText(cacheDirectory) || !isOptionalText(lastGood)) return undefined;
  return {
    scan,
    threads,
    engines,
    passwordFile,
    remembersParts,
    ...(cacheDirectory !== undefined && { cacheDirectory }),
    ...(lastGood !== undefined && { lastGood }),
  };
}

/** Parses the frame that opens a job; undefined when anything is wrong, `maxBytes` included. */
export function parseRequest(kind: JobKind, payload: Buffer, maxBytes: number): JobRequest | undefined {
  const value = parseObject(payload);
  const bytes = value?.bytes;
  if (value === undefined || !isCount(bytes) || bytes > maxBytes) return undefined;
  if (kind === "sections") {
    const want = parseWant(value.want);
    return want === undefined ? undefined : { kind, bytes, want };
  }
  if (kind !== "rewrite") return { kind, bytes };
  const rewrite = parseRewrite(value.context, value.remove, value.known);
  return rewrite === undefined ? undefined : { kind, bytes, rewrite };
}

function parseScanOptions(value: unknown): ScanOptions | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const options: Record<string, unknown> = { ...value };
  const { messageBytes, archiveBytes, messageArchiveBytes, depth, entries, parts, ratio, timeMs } = options;
  if (!isCount(messageBytes) || !isCount(archiveBytes) || !isCount(messageArchiveBytes)) return undefined;
  if (!isCount(depth) || !isCount(entries) || !isCount(parts) || !isCount(timeMs)) return undefined;
  if (typeof ratio !== "number" || !(ratio > 0)) return undefined;
  return { messageBytes, archiveBytes, messageArchiveBytes, depth, entries, parts, ratio, timeMs };
}

function parseRewrite(contextValue: unknown, remove: unknown, knownValue: unknown): RewriteRequest | undefined {
  const context = parseContext(contextValue);
  const known = parseKnownFindings(knownValue);
  if (context === undefined || known === undefined) return undefined;
  const rewrite = knownValue === undefined ? { context } : { context, known };
  if (remove === undefined) return rewrite;
  return Array.isArray(remove) && remove.every(isFindingClass) ? { ...rewrite, remove } : undefined;
}

function parseContext(value: unknown): NoticeContext | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const context: Record<string, unknown> = { ...value };
  const { protocol, upstream, account, date } = context;
  if (typeof protocol !== "string" || typeof upstream !== "string") return undefined;
  if (typeof account !== "string" || typeof date !== "string") return undefined;
  return { protocol, upstream, account, date };
}

function isFindingClass(value: unknown): value is FindingClass {
  return value === "infected" || value === "suspicious" || value === "incomplete";
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function cut(text: string): string {
  return text.slice(0, serviceLimits.textCharacters);
}
