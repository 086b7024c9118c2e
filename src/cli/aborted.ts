/** Waits for an AbortSignal. */

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolved) => signal.addEventListener("abort", () => resolved(), { once: true }));
}
