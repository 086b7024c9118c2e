/** Where a scan thread's code comes from. The bundler replaces this module by one that holds the thread's code as text,
 *  because a single executable has no second file to start a thread from. */
export type WorkerCode =
  | { readonly kind: "file"; readonly url: URL }
  /** Started with `new Worker(text, { eval: true })`. */
  | { readonly kind: "source"; readonly text: string };

/** The code of one scan thread. */
export function workerCode(): WorkerCode {
  return { kind: "file", url: new URL("./worker.ts", import.meta.url) };
}
