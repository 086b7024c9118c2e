import { expect, test } from "vitest";
import { DeadlineError, withDeadline } from "../../../../src/scan/remote/deadline.ts";

const hang = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("a consequence"))));

test("withDeadline() gives back what the work gives, and its failure", async () => {
  expect(await withDeadline(10_000, [], async () => "done")).toBe("done");
  await expect(withDeadline(10_000, [], () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
});

test("withDeadline() says that the time is over, whatever the work fails with then", async () => {
  const late = withDeadline(20, [], hang);
  await expect(late).rejects.toBeInstanceOf(DeadlineError);
  await expect(withDeadline(0, [], hang)).rejects.toThrow("no answer within 0 ms");
});

test("withDeadline() ends with the first signal, also with one that came before", async () => {
  const first = new AbortController();
  const work = withDeadline(10_000, [new AbortController().signal, first.signal], hang);
  first.abort(new Error("called off"));
  await expect(work).rejects.toThrow("called off");
  let wasCalledOff = false;
  const late = withDeadline(10_000, [first.signal], async (signal) => {
    wasCalledOff = signal.aborted;
  });
  await late;
  expect(wasCalledOff).toBe(true);
});
