/** Takes what was found out of a message and makes sure, by scanning the result, that it is gone. */
import { view } from "../core/bytes.ts";
import type { Detection, Edit, FindingClass, MessageDisplay, Reason } from "../core/model.ts";
import { rewriteLimits } from "../core/scan-limits.ts";
import { type AmbiguityCode, ambiguityCode } from "../mime/ambiguity.ts";
import { applyEdits } from "../mime/apply-edits.ts";
import { displayOf } from "../mime/display.ts";
import type { Entity } from "../mime/entity.ts";
import { type NoticeFacts, noticeOf } from "../mime/notice.ts";
import { partOf, replaceInPlace } from "../mime/replace-in-place.ts";
import { lineEndOf, replaceEntity, replaceMessage } from "../mime/replace-part.ts";
import { type Part, parseParts } from "../mime/sections/part-tree.ts";
import { classesOf, type EntityFindings, mostSpecific } from "./findings.ts";
import type { Rewrite, RewriteLevel, RewriteRequest } from "./judge.ts";
import { NOTHING_KNOWN } from "./remote/known-findings.ts";
import type { Scanner, ScanReport } from "./scanner.ts";

/** Replaces the parts with findings of the classes asked for by notices; where that does not help, or must not be done
 *  to a part, the whole body; as the last resort the header as well. There is always an edit: a message in which
 *  nothing is found this time is replaced as a whole. No less than `atLeast` is taken out. */
export async function rewriteMessage(
  scanner: Scanner,
  message: Uint8Array,
  request: RewriteRequest,
  atLeast: RewriteLevel = "parts",
): Promise<RewrittenMessage> {
  const bytes = view(message);
  // An engine that did not come to an end with the message before would not now.
  const isWithout = (engine: string): boolean => request.known?.incomplete.includes(engine) === true;
  const report = scanner.scan(bytes, isWithout);
  const remove = new Set(request.remove ?? ALL_CLASSES);
  const display = await displayOf(bytes, report.tree.root.header.end);
  let known: readonly Part[] | undefined;
  const parts = (): readonly Part[] => (known ??= parseParts(bytes).parts);
  const job: Job = { bytes, report, request, remove, display, parts, ...withKnown(report, request, remove) };
  for (const { level, attempt } of attempts(job)) {
    const edits = LEVELS.indexOf(level) < LEVELS.indexOf(atLeast) ? undefined : attempt();
    if (edits === undefined) continue;
    const rewritten = applyEdits(bytes, edits);
    const after = scanner.scan(rewritten, isWithout);
    if (hasFindings(after, job.remove)) continue;
    const isWhole = edits.some((edit) => edit.end >= bytes.length && edit.start <= report.tree.root.header.end);
    return { edits, headerBytes: after.tree.root.header.end, isWhole, level, bytes: view(rewritten), report: after };
  }
  const edits = [replaceAll(job, false)];
  const rewritten = applyEdits(bytes, edits);
  const after = scanner.scan(rewritten, isWithout);
  const headerBytes = after.tree.root.header.end;
  return { edits, headerBytes, isWhole: true, level: "message", bytes: view(rewritten), report: after };
}

/** A rewrite, and the message that it makes with what was seen in it. */
export interface RewrittenMessage extends Rewrite {
  readonly level: RewriteLevel;
  readonly bytes: Buffer;
  readonly report: ScanReport;
}

interface Job {
  readonly bytes: Buffer;
  readonly report: ScanReport;
  readonly request: RewriteRequest;
  readonly remove: ReadonlySet<FindingClass>;
  readonly display: MessageDisplay;
  /** The parts that IMAP servers see. */
  readonly parts: () => readonly Part[];
  /** Of this scan, and what is known from before. */
  readonly byEntity: ReadonlyMap<Entity, EntityFindings>;
  /** What is known to be somewhere in the message. */
  readonly somewhere: readonly Detection[];
}

/** From the least to the most that is taken out. What is replaced in place keeps everything that IMAP servers tell of
 *  sizes, but it may keep a header that is infected; a body that keeps its length may be what a limit is about. */
function attempts(job: Job): { level: RewriteLevel; attempt: () => readonly Edit[] | undefined }[] {
  return [
    { level: "parts", attempt: () => replaceParts(job, "in-place") },
    { level: "parts", attempt: () => replaceParts(job, "same-size") },
    { level: "body", attempt: () => replaceBody(job, "in-place") },
    { level: "body", attempt: () => replaceBody(job, "same-size") },
    { level: "body", attempt: () => replaceBody(job, "any-size") },
    { level: "message", attempt: () => (isScannedWhole(job) ? [replaceAll(job, true)] : undefined) },
  ];
}

/** How much of what was told about the message stays true. */
type Fidelity = "in-place" | "same-size" | "any-size";

/** Adds what other programs found, to the parts in which they found it. What they found in the message as a whole is
 *  somewhere in it: the parts that are known go first, and then those programs are asked again. */
function withKnown(
  { byEntity, tree }: ScanReport,
  { known = NOTHING_KNOWN }: RewriteRequest,
  remove: ReadonlySet<FindingClass>,
): Pick<Job, "byEntity" | "somewhere"> {
  const merged = new Map(byEntity);
  const add = (entity: Entity, detections: readonly Detection[], reasons: readonly Reason[]): void => {
    const { detections: before, reasons: reasonsBefore } = merged.get(entity) ?? NO_FINDINGS;
    merged.set(entity, { detections: [...before, ...detections], reasons: [...reasonsBefore, ...reasons] });
  };
  const somewhere: Detection[] = [];
  for (const detection of known.detections) {
    const { part } = detection;
    const entity =
      part === "" ? undefined : tree.entities.find(({ isRegular, number }) => isRegular && number === part);
    if (entity === undefined) somewhere.push(detection);
    else add(entity, [detection], []);
  }
  if (remove.has("incomplete")) {
    for (const engine of known.incomplete) {
      add(tree.root, [], [{ code: "engine", part: "", detail: `${engine}: it did not look at everything` }]);
    }
  }
  return { byEntity: merged, somewhere };
}

function hasFindings(report: ScanReport, classes: ReadonlySet<FindingClass>): boolean {
  return [...report.byEntity.values()].some((findings) => !classesOf(findings).isDisjointFrom(classes));
}

/** Undefined when it is the whole body that has to go. */
function replaceParts(job: Job, fidelity: Fidelity): readonly Edit[] | undefined {
  const { report, remove, byEntity } = job;
  const targets = new Set<Entity>();
  for (const [entity, findings] of byEntity) {
    if (!classesOf(findings).isDisjointFrom(remove)) targets.add(sealedEntity(entity));
  }
  const isWhole = targets.size === 0 || targets.has(report.tree.root) || !isScannedWhole(job);
  if (isWhole || targets.size > rewriteLimits.parts) return undefined;
  return [...targets]
    .filter((entity) => !ancestors(entity).some((ancestor) => targets.has(ancestor)))
    .flatMap((entity) => replaceOne(job, "part", entity, fidelity))
    .toSorted((left, right) => left.start - right.start);
}

/** Signed and encrypted content is never changed in part: the outermost such entity that `entity` is or lies in. */
function sealedEntity(entity: Entity): Entity {
  return [entity, ...ancestors(entity)].findLast(({ type }) => SEALED_TYPES.has(type)) ?? entity;
}

function replaceBody(job: Job, fidelity: Fidelity): readonly Edit[] {
  const { bytes, report } = job;
  const edits = replaceOne(job, "body", report.tree.root, fidelity);
  // What was not even scanned goes too.
  return edits.map((edit) => (edit.end === report.scannedBytes ? { ...edit, end: bytes.length } : edit));
}

function replaceOne(job: Job, scope: "part" | "body", entity: Entity, fidelity: Fidelity): readonly Edit[] {
  const { bytes, report } = job;
  const notice = noticeOf(facts(job, scope, entity));
  const ambiguities = ambiguitiesOf(report, entity);
  const part = fidelity === "in-place" ? partOf(job.parts(), entity) : undefined;
  const edits = part === undefined ? undefined : replaceInPlace(bytes, entity, part, notice, ambiguities);
  return edits ?? replaceEntity(bytes, entity, notice, fidelity !== "any-size", ambiguities);
}

function isScannedWhole({ bytes, report }: Job): boolean {
  return report.scannedBytes >= bytes.length;
}

/** Nothing that comes from the message is left: it may be what is found in the notice. */
function replaceAll({ bytes, report, request }: Job, keepsSize: boolean): Edit {
  const found = [...report.verdict.detections, ...(request.known?.detections ?? [])];
  const notice = noticeOf({
    ...NO_FACTS,
    scope: "message",
    date: request.context.date,
    detections: found.map((detection) => ({ ...detection, path: [] })),
  });
  const { root } = report.tree;
  const ambiguities = ambiguitiesOf(report, root);
  return replaceMessage(bytes, SUBJECT, notice, lineEndOf(bytes, root), keepsSize, ambiguities);
}

/** What `entity` and the parts in it are ambiguous about. */
function ambiguitiesOf({ remarks, tree }: ScanReport, entity: Entity): AmbiguityCode[] {
  const { number } = entity;
  const isIn = (part: string): boolean => entity === tree.root || part === number || part.startsWith(`${number}.`);
  const codes = remarks.flatMap(({ kind, part, detail }) =>
    kind === "ambiguity" && isIn(part) ? (ambiguityCode(detail) ?? []) : [],
  );
  return [...new Set(codes)];
}

function facts(job: Job, scope: "part" | "body", target: Entity): NoticeFacts {
  const detections: Detection[] = target === job.report.tree.root ? [...job.somewhere] : [];
  const reasons: Reason[] = [];
  for (const [entity, findings] of job.byEntity) {
    if (entity !== target && !ancestors(entity).includes(target)) continue;
    detections.push(...mostSpecific(findings.detections));
    if (job.remove.has("incomplete")) reasons.push(...findings.reasons);
  }
  const { fileName, number } = target;
  return { ...job.request.context, scope, part: number, fileName, detections, reasons, display: job.display };
}

function ancestors(entity: Entity): Entity[] {
  const found: Entity[] = [];
  for (let parent = entity.parent; parent !== undefined; parent = parent.parent) found.push(parent);
  return found;
}

const SUBJECT = "Message removed by mailward";
const LEVELS: readonly RewriteLevel[] = ["parts", "body", "message"];
const NO_FINDINGS: EntityFindings = { detections: [], reasons: [] };
const ALL_CLASSES: readonly FindingClass[] = ["infected", "suspicious", "incomplete"];
const SEALED_TYPES: ReadonlySet<string> = new Set([
  "multipart/signed",
  "multipart/encrypted",
  "application/pkcs7-mime",
  "application/x-pkcs7-mime",
]);
const NO_FACTS: NoticeFacts = {
  scope: "message",
  part: "",
  fileName: "",
  detections: [],
  reasons: [],
  display: { subject: "", from: "", date: "", messageId: "" },
  protocol: "",
  upstream: "",
  account: "",
  date: "",
};
