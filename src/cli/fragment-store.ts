/** The pieces of messages that were sent in several (message/partial), until they can be put together as RFC 2046
 *  §5.2.2.1 has it. What the pieces say of themselves is hostile: everything held is bounded. */
import { fragmentLimits } from "../core/scan-limits.ts";
import type { Fragment } from "../scan/message-fragment.ts";

/** A piece that is held: what of its message follows the header, and to whom it belongs. */
export interface Piece<Owner> {
  readonly fragment: Fragment;
  readonly body: Buffer;
  readonly owner: Owner;
}

/** All pieces of a message, in order. */
export interface Assembly<Owner> {
  readonly pieces: readonly Piece<Owner>[];
  /** The pieces agree on how many they are, so that there is no other way to put them together. */
  readonly isCertain: boolean;
}

export class FragmentStore<Owner> {
  /** By identifier, the oldest first. */
  readonly #sets = new Map<string, FragmentSet<Owner>>();
  #heldBytes = 0;

  /** Takes a piece; answers what can be put together with it. One that is too large for the store is not taken. */
  add(piece: Piece<Owner>): Assembly<Owner>[] {
    const { id } = piece.fragment;
    if (piece.body.length > fragmentLimits.heldBytes) return [];
    const set = this.#sets.get(id) ?? new FragmentSet<Owner>();
    this.#sets.delete(id);
    this.#sets.set(id, set);
    const isKept = set.add(piece);
    if (isKept) this.#heldBytes += piece.body.length;
    this.#forgetOldest(id);
    return isKept ? set.assembliesWith(piece) : [];
  }

  #forgetOldest(kept: string): void {
    for (const [id, set] of this.#sets) {
      if (this.#heldBytes <= fragmentLimits.heldBytes && this.#sets.size <= fragmentLimits.messages) return;
      if (id === kept) continue;
      this.#heldBytes -= set.bytes;
      this.#sets.delete(id);
    }
  }
}

/** The pieces of one message. */
class FragmentSet<Owner> {
  /** By number, in the order they came; different ones of a number are different readings. */
  readonly #pieces = new Map<number, Piece<Owner>[]>();
  readonly #totals = new Set<number>();
  #attempts = 0;
  bytes = 0;

  /** False for a piece that there is no use in holding. */
  add(piece: Piece<Owner>): boolean {
    const { number, total } = piece.fragment;
    const known = this.#pieces.get(number) ?? [];
    if (this.#attempts >= fragmentLimits.attempts || known.length >= fragmentLimits.attempts) return false;
    if (total !== undefined && (this.#totals.has(total) || this.#totals.size < fragmentLimits.attempts)) {
      this.#totals.add(total);
    }
    this.#pieces.set(number, [...known, piece]);
    this.bytes += piece.body.length;
    return true;
  }

  /** Every message that some total makes complete and that `piece` is in; of the other numbers the first piece that
   *  came, and where there are several, the last one as well. */
  assembliesWith(piece: Piece<Owner>): Assembly<Owner>[] {
    const assemblies: Assembly<Owner>[] = [];
    for (const total of this.#totals) {
      const first = this.#assemble(total, piece, 0);
      if (first === undefined) continue;
      const last = this.#assemble(total, piece, -1) ?? first;
      for (const pieces of isSame(first, last) ? [first] : [first, last]) {
        if (this.#attempts >= fragmentLimits.attempts) return assemblies;
        this.#attempts += 1;
        assemblies.push({ pieces, isCertain: this.#totals.size === 1 && this.#pieces.size === total });
      }
    }
    return assemblies;
  }

  /** Undefined when a piece is missing. */
  #assemble(total: number, piece: Piece<Owner>, choice: 0 | -1): Piece<Owner>[] | undefined {
    if (this.#pieces.size < total || piece.fragment.number > total) return undefined;
    const pieces: Piece<Owner>[] = [];
    for (let number = 1; number <= total; number += 1) {
      const chosen = number === piece.fragment.number ? piece : this.#pieces.get(number)?.at(choice);
      if (chosen === undefined) return undefined;
      pieces.push(chosen);
    }
    return pieces;
  }
}

function isSame<Owner>(left: readonly Piece<Owner>[], right: readonly Piece<Owner>[]): boolean {
  return left.every((piece, index) => piece === right[index]);
}
