/** The last messages that pieces were cut out of. Clients read a large message in many partial fetches, or part by part:
 *  they all get pieces of one copy, so that it is downloaded and scanned once, and so that the pieces fit together when it
 *  was replaced. */
import { spoolLimits } from "../../core/limits.ts";
import type { SessionCommand } from "../command.ts";
import type { Delivered, SpoolId } from "../event.ts";
import type { HeldOutput } from "../held-output.ts";
import type { SequenceSet } from "./sequence-set.ts";

export interface Copy {
  readonly id: SpoolId;
  readonly delivered: Delivered;
  /** Absent when the client has asked by number and not for it. */
  readonly uid: number | undefined;
  /** As long as it is known. */
  sequence: number | undefined;
}

interface Outlet {
  readonly held: HeldOutput;
  readonly out: SessionCommand[];
  setTimer(name: "copy", ms: number): void;
  clearTimer(name: "copy"): void;
}

export class JudgedCopies {
  readonly #outlet: Outlet;
  /** The one that was used last comes last. */
  readonly #copies = new Set<Copy>();
  #inUse: Copy | undefined;
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
    const before = this.#copyOf(copy.sequence, copy.uid);
    if (mailbox !== this.#mailbox || (before !== undefined && before === this.#inUse)) return false;
    if (before !== undefined) this.#drop(before);
    this.#copies.add(copy);
    this.#evict(copy);
    this.#outlet.setTimer("copy", spoolLimits.copyTimeoutMs);
    return true;
  }

  /** The copy of the only message in `sequenceSet`. */
  find(isUid: boolean, sequenceSet: string): Copy | undefined {
    if (!/^[1-9][0-9]*$/.test(sequenceSet)) return undefined;
    const number = Number(sequenceSet);
    return isUid ? this.#copyOf(undefined, number) : this.#copyOf(number, undefined);
  }

  /** The copy stays until `done`. */
  use(copy: Copy): void {
    this.#inUse = copy;
    this.#copies.delete(copy);
    this.#copies.add(copy);
  }

  done(): void {
    this.#inUse = undefined;
    if (this.#copies.size > 0) this.#outlet.setTimer("copy", spoolLimits.copyTimeoutMs);
  }

  /** Nobody has asked for a while. */
  timedOut(): void {
    for (const copy of this.#copies) if (copy !== this.#inUse) this.#drop(copy);
  }

  /** The message with this sequence number is gone (RFC 9051 §7.5.1): those behind it move up. */
  expunged(sequence: number): void {
    for (const copy of this.#copies) {
      if (copy.sequence === undefined || copy.sequence < sequence) continue;
      if (copy.sequence === sequence) this.#gone(copy);
      else copy.sequence -= 1;
    }
  }

  /** The messages with these UIDs are gone (RFC 7162 §3.2.10). */
  vanished(uids: SequenceSet): void {
    for (const copy of this.#copies) {
      const { uid, sequence } = copy;
      if (uid === undefined || uids.mayContain(uid)) this.#gone(copy);
      else if (sequence !== undefined) {
        const below = uids.below(uid);
        copy.sequence = sequence > below ? sequence - below : undefined;
      }
    }
  }

  /** Messages are known by their UIDs alone. */
  forgetNumbers(): void {
    for (const copy of this.#copies) {
      if (copy.uid === undefined) this.#gone(copy);
      else copy.sequence = undefined;
    }
  }

  /** Another mailbox is selected, or none. */
  forget(): void {
    this.#mailbox += 1;
    this.#inUse = undefined;
    for (const copy of this.#copies) this.#drop(copy);
    this.#outlet.clearTimer("copy");
  }

  /** The upstream has it no more; what is being cut out of it goes on. */
  #gone(copy: Copy): void {
    if (copy === this.#inUse) copy.sequence = undefined;
    else this.#drop(copy);
  }

  #evict(newest: Copy): void {
    let bytes = 0;
    for (const copy of this.#copies) bytes += copy.delivered.bytes;
    for (const copy of this.#copies) {
      if (bytes <= spoolLimits.copyBytes && this.#copies.size <= spoolLimits.copies) return;
      if (copy === newest || copy === this.#inUse) continue;
      bytes -= copy.delivered.bytes;
      this.#drop(copy);
    }
  }

  #copyOf(sequence: number | undefined, uid: number | undefined): Copy | undefined {
    for (const copy of this.#copies) {
      if (uid === undefined ? sequence !== undefined && copy.sequence === sequence : copy.uid === uid) return copy;
    }
    return undefined;
  }

  /** Behind the ranges of it that still wait in the output. */
  #drop(copy: Copy): void {
    this.#copies.delete(copy);
    this.#outlet.held.append(this.#outlet.out, [{ type: "release", id: copy.id }]);
  }
}
