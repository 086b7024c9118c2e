/** What the scan threads work with besides the message: read once, shared between them. */
import type { ServiceStart } from "./service-request.ts";

export interface ThreadData {
  /** Goes to every thread as its `workerData`; large tables in it are SharedArrayBuffers. */
  readonly workerData: unknown;
  /** What is wrong but does not keep the service from working, a line each. */
  readonly problems: readonly string[];
}

export async function loadThreadData(start: ServiceStart): Promise<ThreadData> {
  return { workerData: { scan: start.scan }, problems: [] };
}
