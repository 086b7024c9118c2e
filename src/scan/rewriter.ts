/** Takes what was found out of a message and makes sure, by scanning the result, that it is gone. */
import { view } from "../core/bytes.ts";
import { rewriteLimits } from "../core/limits.ts";
import type { Detection, Edit, FindingClass, MessageDisplay, Reason } from "../core/model.ts";
import { applyEdits } from "../mime/apply-edits.ts";
import { displayOf } from "../mime/display.ts";
import type { Entity } from "../mime/entity.ts";
import { buildNotice, type NoticeFacts } from "../mime/notice.ts";
import { lineEndOf, replaceEntity, replaceMessage } from "../mime/replace-part.ts";
import { classesOf, mostSpecific } from "./findings.ts";
import type { Rewrite, RewriteRequest } from "./judge.ts";
import type { Scanner, ScanReport } from "./scanner.ts";

/** Replaces the parts with findings of the classes asked for by notices; where that does not help, or must not be done
 *  to a part, the whole body; as the last resort the header as well. There is always an edit: a message in which
 *  nothing is found this time is replaced as a whole. */
export async function rewriteMessage(scanner: Scanner, message: Uint8Array, request: RewriteRequest): Promise<Rewrite> {
  const bytes = view(message);
  const report = scanner.scan(bytes);
  const job: Job = {
    bytes,
    report,
    request,
    remove: new Set(request.remove ?? ALL_CLASSES),
    display: await displayOf(bytes, report.tree.root.header.end),
  };
  for (const attempt of attempts(job)) {
    const edits = attempt();
    if (edits === undefined) continue;
    const after = scanner.scan(applyEdits(bytes, edits));
    if (hasFindings(after, job.remove)) continue;
    const isWhole = edits.some((edit) => edit.end >= bytes.length && edit.start <= report.tree.root.header.end);
    return { edits, headerBytes: after.tree.root.header.end, isWhole };
  }
  const edits = [replaceAll(job)];
  return { edits, headerBytes: scanner.scan(applyEdits(bytes, edits)).tree.root.header.end, isWhole: true };
}

interface Job {
  readonly bytes: Buffer;
  readonly report: ScanReport;
  readonly request: RewriteRequest;
  readonly remove: ReadonlySet<FindingClass>;
  readonly display: MessageDisplay;
}

/** From the least to the most that is taken out. A body that keeps its length may be what a limit is about. */
function attempts(job: Job): (() => readonly Edit[] | undefined)[] {
  return [() => replaceParts(job), () => replaceBody(job, true), () => replaceBody(job, false)];
}

function hasFindings(report: ScanReport, classes: ReadonlySet<FindingClass>): boolean {
  return [...report.byEntity.values()].some((findings) => !classesOf(findings).isDisjointFrom(classes));
}

/** Undefined when it is the whole body that has to go. */
function replaceParts(job: Job): readonly Edit[] | undefined {
  const { bytes, report, remove } = job;
  const targets = new Set<Entity>();
  for (const [entity, findings] of report.byEntity) {
    if (!classesOf(findings).isDisjointFrom(remove)) targets.add(sealedEntity(entity));
  }
  const isWhole = targets.size === 0 || targets.has(report.tree.root) || report.scannedBytes < bytes.length;
  if (isWhole || targets.size > rewriteLimits.parts) return undefined;
  return [...targets]
    .filter((entity) => !ancestors(entity).some((ancestor) => targets.has(ancestor)))
    .flatMap((entity) => replaceEntity(bytes, entity, buildNotice(facts(job, "part", entity)), true))
    .toSorted((left, right) => left.start - right.start);
}

/** Signed and encrypted content is never changed in part: the outermost such entity that `entity` is or lies in. */
function sealedEntity(entity: Entity): Entity {
  return [entity, ...ancestors(entity)].findLast(({ type }) => SEALED_TYPES.has(type)) ?? entity;
}

function replaceBody(job: Job, keepsSize: boolean): readonly Edit[] {
  const { bytes, report } = job;
  const { root } = report.tree;
  const edits = replaceEntity(bytes, root, buildNotice(facts(job, "body", root)), keepsSize);
  // What was not even scanned goes too.
  return edits.map((edit) => (edit.end === report.scannedBytes ? { ...edit, end: bytes.length } : edit));
}

/** Nothing that comes from the message is left: it may be what is found in the notice. */
function replaceAll({ bytes, report, request }: Job): Edit {
  const notice = buildNotice({
    ...NO_FACTS,
    scope: "message",
    date: request.context.date,
    detections: report.verdict.detections.map((detection) => ({ ...detection, path: [] })),
  });
  return replaceMessage(bytes, "Message removed by mailward", notice, lineEndOf(bytes, report.tree.root));
}

function facts(job: Job, scope: "part" | "body", target: Entity): NoticeFacts {
  const detections: Detection[] = [];
  const reasons: Reason[] = [];
  for (const [entity, findings] of job.report.byEntity) {
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
