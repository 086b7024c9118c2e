/** The last message that slices were cut out of. Clients read a large message in many partial fetches: they all get slices
 *  of this one copy, so that it is downloaded and scanned once, and so that the pieces fit together when it was replaced
 *  (a second replacement need not be octet for octet the first). */
import { spoolLimits } from "../../core/limits.ts";
import type { SessionCommand } from "../command.ts";
import type { Delivered, SpoolId } from "../event.ts";
import type { HeldOutput } from "../held-output.ts";

export interface Copy {
  readonly uid: number;
  readonly id: SpoolId;
  readonly delivered: Delivered;
}

interface Outlet {
  readonly held: HeldOutput;
  readonly out: SessionCommand[];
  setTimer(name: "copy", ms: number): void;
  clearTimer(name: "copy"): void;
}

export class JudgedCopy {
  readonly #outlet: Outlet;
  #copy: Copy | undefined;
  #isInUse = false;
  #mailbox = 0;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Changes whenever UIDs begin to mean other messages. */
  get mailbox(): number {
    return this.#mailbox;
  }

  /** Keeps a judged message of the mailbox that was selected when it arrived. False when that is not selected any more,
   *  or while the copy that is there is in use: then the caller releases it. */
  keep(copy: Copy, mailbox: number): boolean {
    if (mailbox !== this.#mailbox || this.#isInUse) return false;
    this.#release();
    this.#copy = copy;
    this.#outlet.setTimer("copy", spoolLimits.copyTimeoutMs);
    return true;
  }

  /** The copy of the only message in `sequenceSet`, a set of UIDs. It stays until `done`. */
  use(sequenceSet: string): Copy | undefined {
    if (this.#copy === undefined || sequenceSet !== String(this.#copy.uid)) return undefined;
    this.#isInUse = true;
    return this.#copy;
  }

  done(): void {
    this.#isInUse = false;
    if (this.#copy !== undefined) this.#outlet.setTimer("copy", spoolLimits.copyTimeoutMs);
  }

  /** Nobody has asked for a while. */
  timedOut(): void {
    if (!this.#isInUse) this.#release();
  }

  /** Another mailbox is selected, or none. */
  forget(): void {
    this.#mailbox += 1;
    this.#release();
    this.#outlet.clearTimer("copy");
  }

  /** Behind the ranges of it that still wait in the output. */
  #release(): void {
    const copy = this.#copy;
    this.#copy = undefined;
    if (copy !== undefined) this.#outlet.held.append(this.#outlet.out, [{ type: "release", id: copy.id }]);
  }
}
