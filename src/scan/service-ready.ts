/** What the scan service says when it is ready: which databases it scans with. */
import { parseObject } from "./service-answer.ts";

export interface ServiceReady {
  /** Of all data that a verdict depends on besides the message and the settings: the same data, the same identity. */
  readonly identity: string;
  /** Of the databases alone. */
  readonly databases: string;
  /** In the databases, the built-in one not counted. */
  readonly signatures: number;
}

export function encodeReady({ identity, databases, signatures }: ServiceReady): string {
  return JSON.stringify({ identity, databases, signatures });
}

/** Undefined when anything is wrong. */
export function parseReady(payload: Buffer): ServiceReady | undefined {
  const { identity, databases, signatures } = parseObject(payload) ?? {};
  if (typeof identity !== "string" || !IDENTITY.test(identity)) return undefined;
  if (typeof databases !== "string" || !IDENTITY.test(databases)) return undefined;
  if (typeof signatures !== "number" || !Number.isSafeInteger(signatures) || signatures < 0) return undefined;
  return { identity, databases, signatures };
}

const IDENTITY = /^[0-9a-f]{1,128}$/;
