import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FragmentStore } from "../../../src/cli/fragment-store.ts";
import { MIB } from "../../../src/core/limits.ts";
import { fragmentLimits } from "../../../src/core/scan-limits.ts";

describe("add()", () => {
  test("puts pieces together in their order, however they come", () => {
    const store = new TestStore();
    expect(store.add("c", 3, 3)).toEqual([]);
    expect(store.add("a", 1)).toEqual([]);
    expect(store.add("b", 2)).toEqual(["abc"]);
  });

  test("takes a message of one piece, and none without a total", () => {
    const store = new TestStore();
    expect(store.add("a", 1, 1)).toEqual(["a"]);
    expect(store.add("b", 1, undefined, "other")).toEqual([]);
    expect(store.add("c", 2, undefined, "other")).toEqual([]);
  });

  test("keeps the pieces of different messages apart", () => {
    const store = new TestStore();
    expect(store.add("a", 1, 2, "one")).toEqual([]);
    expect(store.add("b", 2, 2, "two")).toEqual([]);
    expect(store.add("c", 2, 2, "one")).toEqual(["ac"]);
  });

  test("tries the first and the last of several pieces of a number, and the one that came", () => {
    const store = new TestStore();
    store.add("a", 1, 2);
    store.add("b", 1, 2);
    store.add("c", 1, 2);
    expect(store.add("d", 2, 2)).toEqual(["ad", "cd"]);
    expect(store.add("e", 1, 2)).toEqual(["ed"]);
  });

  test("tries every total there is, and calls none of them certain then", () => {
    const store = new TestStore();
    expect(store.add("a", 1, 2)).toEqual([]);
    expect(store.add("b", 2, 3)).toEqual(["ab?"]);
    expect(store.add("c", 3, 3)).toEqual(["abc?"]);
  });

  test("calls it uncertain when there are more pieces than the total", () => {
    const store = new TestStore();
    store.add("c", 3);
    store.add("a", 1);
    expect(store.add("b", 2, 2)).toEqual(["ab?"]);
  });

  test("stops after as many attempts as allowed", () => {
    const store = new TestStore();
    store.add("a", 1, 2);
    const made = Array.from({ length: 2 * fragmentLimits.attempts }, () => store.add("b", 2, 2).length);
    expect(made.reduce((sum, count) => sum + count)).toBe(fragmentLimits.attempts);
  });

  test("forgets the oldest message when pieces of too many are held", () => {
    const store = new TestStore();
    for (let index = 0; index <= fragmentLimits.messages; index += 1) store.add("a", 1, 2, `${index}`);
    expect(store.add("b", 2, 2, "0")).toEqual([]);
    expect(store.add("b", 2, 2, "2")).toEqual(["ab"]);
  });

  test("forgets the oldest message when too many octets are held, and takes no piece larger than that", () => {
    const store = new FragmentStore<string>();
    const half = Buffer.alloc(fragmentLimits.heldBytes / 2);
    const add = (id: string, number: number, body: Buffer): number =>
      store.add({ fragment: { id, number, total: 2 }, body, owner: "" }).length;
    add("one", 1, half);
    add("two", 1, half);
    add("three", 1, Buffer.alloc(MIB));
    expect(add("one", 2, Buffer.alloc(1))).toBe(0);
    expect(add("three", 2, Buffer.alloc(1))).toBe(1);
    expect(add("four", 1, Buffer.alloc(fragmentLimits.heldBytes + 1))).toBe(0);
  });

  test("puts together nothing but whole messages, whatever pieces come", () => {
    const piece = fc.record({
      id: fc.constantFrom("a", "b"),
      number: fc.integer({ min: 1, max: 5 }),
      total: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const store = new FragmentStore<number>();
        for (const [owner, { id, number, total }] of pieces.entries()) {
          const fragment = total === undefined ? { id, number } : { id, number, total };
          for (const assembly of store.add({ fragment, body: Buffer.of(owner), owner })) {
            expect(assembly.pieces.map((part) => part.fragment.number)).toEqual(
              assembly.pieces.map((_, index) => index + 1),
            );
            expect(assembly.pieces.every((part) => part.fragment.id === id)).toBe(true);
            expect(assembly.pieces.some((part) => part.owner === owner)).toBe(true);
          }
        }
      }),
    );
  });
});

/** Pieces of one letter. */
class TestStore {
  readonly #store = new FragmentStore<string>();

  /** The messages it makes; those that are not certain with a question mark. */
  add(letter: string, number: number, total?: number, id = "id"): string[] {
    const fragment = total === undefined ? { id, number } : { id, number, total };
    const assemblies = this.#store.add({ fragment, body: Buffer.from(letter), owner: letter });
    return assemblies.map(({ pieces, isCertain }) => {
      const text = Buffer.concat(pieces.map(({ body }) => body)).toString();
      return isCertain ? text : `${text}?`;
    });
  }
}
