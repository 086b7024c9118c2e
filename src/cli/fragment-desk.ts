/** Judges messages that lie in saved mail in several pieces: each piece is reported with what is found in the whole. */

import { type Reason, verdictOf } from "../core/model.ts";
import { fragmentLimits } from "../core/scan-limits.ts";
import { bufferSource } from "../mailbox/buffer-source.ts";
import type { Judgement, MessageSource } from "../scan/judge.ts";
import { type Assembly, FragmentStore } from "./fragment-store.ts";
import type { Judge } from "./scan-judge.ts";

/** How judging a message ended. */
export type Outcome = { readonly judgement: Judgement } | { readonly error: unknown };

/** A message that waits to be reported. */
export interface FragmentOwner {
  /** Replaced when the whole message was judged. */
  outcome: Outcome | undefined;
  /** Other pieces may still come. */
  isWaiting: boolean;
}

export class FragmentDesk {
  readonly #judge: Judge;
  readonly #changed: () => void;
  readonly #store = new FragmentStore<FragmentOwner>();
  /** How many judgements an owner still gets. */
  readonly #open = new Map<FragmentOwner, number>();
  #judgedBytes = 0;

  /** `changed` is called when an owner does not wait any more. */
  constructor(judge: Judge, changed: () => void) {
    this.#judge = judge;
    this.#changed = changed;
  }

  /** Whether a message is being judged. */
  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  /** Takes `owner`, whose message was judged to be a piece of another one. `source` is read before it resolves. */
  async take(owner: FragmentOwner, judgement: Judgement, source: MessageSource): Promise<void> {
    const { fragment, headerBytes } = judgement;
    if (fragment === undefined || source.bytes > fragmentLimits.heldBytes) return;
    const body = await readFrom(source, headerBytes);
    owner.outcome = { judgement };
    owner.isWaiting = true;
    for (const assembly of this.#store.add({ fragment, body, owner })) void this.#judgeWhole(assembly);
  }

  /** `owner` is reported as it is, unless its message is just being judged. */
  giveUp(owner: FragmentOwner): void {
    if (!this.#open.has(owner)) owner.isWaiting = false;
  }

  async #judgeWhole(assembly: Assembly<FragmentOwner>): Promise<void> {
    const source = bufferSource(assembly.pieces.map(({ body }) => body));
    this.#judgedBytes += source.bytes;
    if (this.#judgedBytes > fragmentLimits.judgedBytes) return;
    const owners = new Set(assembly.pieces.map(({ owner }) => owner));
    for (const owner of owners) this.#open.set(owner, (this.#open.get(owner) ?? 0) + 1);
    const outcome = await this.#judge(source).then(
      (judgement) => ({ judgement }),
      (error: unknown) => ({ error }),
    );
    for (const owner of owners) {
      owner.outcome = "error" in outcome ? outcome : withWhole(owner.outcome, outcome.judgement, assembly.isCertain);
      const left = (this.#open.get(owner) ?? 1) - 1;
      if (left > 0) this.#open.set(owner, left);
      else this.#open.delete(owner);
      this.giveUp(owner);
    }
    this.#changed();
  }
}

/** A piece's outcome with what was found in the whole. Where that is certain to be the message that a reader sees, it
 *  does not count any more that the piece alone is not. */
function withWhole(outcome: Outcome | undefined, whole: Judgement, isCertain: boolean): Outcome {
  if (outcome === undefined || "error" in outcome) return outcome ?? { judgement: whole };
  const { judgement } = outcome;
  const { detections, reasons } = judgement.verdict;
  const inWhole = whole.verdict.detections.map((detection) => ({
    ...detection,
    part: "",
    path: [WHOLE, ...detection.path],
  }));
  const left = reasons.filter(({ code }) => !(isCertain && code === "partial"));
  const isNew = ({ code, detail }: Reason): boolean =>
    !left.some((known) => known.code === code && known.detail === detail);
  const further = whole.verdict.reasons.filter(isNew).map((reason) => ({ ...reason, part: "" }));
  const verdict = verdictOf([...detections, ...inWhole], [...left, ...further]);
  const remarks = [...judgement.remarks, ...whole.remarks.map((remark) => ({ ...remark, part: "" }))];
  return { judgement: { ...judgement, verdict, remarks } };
}

async function readFrom(source: MessageSource, start: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let offset = 0;
  for await (const chunk of source.chunks()) {
    const from = Math.max(0, start - offset);
    // A chunk holds only until the next one is asked for.
    if (from < chunk.length) chunks.push(Buffer.from(chunk.subarray(from)));
    offset += chunk.length;
  }
  return Buffer.concat(chunks);
}

/** The name of the message that the pieces make, in the paths of what is found in it. */
const WHOLE = "message of all fragments";
