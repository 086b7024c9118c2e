/** Work with an end: a time limit, and whatever else may call it off. Nothing of it stays when the work is done, as
 *  signals and timers of the platform's own would until their time comes. */

/** The reason of the signal when the time is over. */
export class DeadlineError extends Error {}

/** Does `work` with a signal that comes after `timeMs` or with the first of `signals`. */
export async function withDeadline<T>(
  timeMs: number,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new DeadlineError(`no answer within ${timeMs} ms`)), timeMs);
  const cancels = signals.map((signal) => {
    const cancel = (): void => over.abort(signal.reason);
    signal.addEventListener("abort", cancel);
    if (signal.aborted) cancel();
    return () => signal.removeEventListener("abort", cancel);
  });
  try {
    return await work(over.signal);
  } catch (error) {
    // What the work fails with may be no more than a consequence.
    throw over.signal.aborted ? over.signal.reason : error;
  } finally {
    clearTimeout(timer);
    for (const cancel of cancels) cancel();
  }
}
