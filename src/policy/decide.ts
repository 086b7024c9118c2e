/** What happens to a judged message under the user's settings. */
import type { ActionName, Decision, FindingClass, Verdict } from "../core/model.ts";

export type Actions = Readonly<Record<FindingClass, ActionName>>;

/** A message is replaced as soon as one class of its findings is not to pass: something harmless that is found besides
 *  must not open the way for what is not. A message that ended the scanner, or kept it beyond every deadline, was not
 *  judged at all: it is refused and stays on the server, whatever `incomplete` mail is to do, for otherwise whoever can
 *  break the scanner could pass everything. */
export function decide(verdict: Verdict, actions: Actions): Decision {
  const unscanned = verdict.reasons.find(({ code }) => code === "crash" || code === "timeout");
  if (unscanned !== undefined) return { action: "refuse", why: `the scan did not finish: ${unscanned.detail}` };
  const found = classesFound(verdict);
  if (found.length === 0) return { action: "deliver", why: "nothing was found" };
  const removed = classesToRemove(verdict, actions);
  if (removed.length === 0) return { action: "deliver", why: whyOf(found, actions) };
  return { action: "replace", why: whyOf(removed, actions) };
}

/** What happens to a message that the client stores on the server: it is stored as it is, or not at all. */
export function decideUpload(verdict: Verdict, actions: Actions): Decision {
  const decision = decide(verdict, actions);
  if (decision.action !== "replace") return decision;
  const found = verdict.detections[0]?.name ?? verdict.reasons[0]?.detail ?? "";
  return { action: "refuse", why: `${verdict.kind}${found === "" ? "" : `: ${found}`} (${decision.why})` };
}

/** The classes of findings that are to be taken out, the gravest first. */
export function classesToRemove(verdict: Verdict, actions: Actions): FindingClass[] {
  return classesFound(verdict).filter((name) => actions[name] !== "pass");
}

function classesFound(verdict: Verdict): FindingClass[] {
  const { kind, detections, reasons } = verdict;
  const isFound: Record<FindingClass, boolean> = {
    infected: kind === "infected" || detections.some((detection) => detection.kind === "malware"),
    suspicious: kind === "suspicious" || detections.some((detection) => detection.kind !== "malware"),
    incomplete: kind === "incomplete" || reasons.length > 0,
  };
  return CLASSES.filter((name) => isFound[name]);
}

function whyOf(classes: readonly FindingClass[], actions: Actions): string {
  return classes.map((name) => `actions.${name} is ${actions[name]}`).join(", ");
}

const CLASSES = ["infected", "suspicious", "incomplete"] as const;
