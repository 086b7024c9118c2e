import { expect, test } from "vitest";
import { Slots } from "../../../../src/scan/remote/slots.ts";

const never = new AbortController().signal;

test("use() lets so many in at a time, the others in order", async () => {
  const slots = new Slots(2);
  const works = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const all = works.map(({ promise }, index) =>
    slots.use(never, async () => {
      begun.push(index);
      await promise;
    }),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  works[1]?.resolve();
  await all[1];
  expect(begun).toEqual([0, 1, 2]);
  works[0]?.reject(new Error("failed"));
  await expect(all[0]).rejects.toThrow("failed");
  expect(begun).toEqual([0, 1, 2, 3]);
  for (const work of works) work.resolve();
  await Promise.all(all.slice(1));
});

test("use() gives up waiting when the signal says so, and takes nobody's place", async () => {
  const slots = new Slots(1);
  const first = Promise.withResolvers<void>();
  const running = slots.use(never, () => first.promise);
  const abort = new AbortController();
  const waiting = slots.use(abort.signal, async () => "done");
  abort.abort(new Error("too late"));
  await expect(waiting).rejects.toThrow("too late");
  await expect(slots.use(abort.signal, async () => "done")).rejects.toThrow("too late");
  first.resolve();
  await running;
  expect(await slots.use(never, async () => "done")).toBe("done");
});
