/** What an ICAP service says of itself (OPTIONS, RFC 3507 §4.10): asked once, believed for a while. */

import { sanitize } from "../../../core/sanitize.ts";
import { remoteLimits } from "../../../core/scan-limits.ts";
import type { Wire, WireAddress } from "../../remote/wire.ts";
import { skipBody } from "./icap-body.ts";
import { listOf, parseEncapsulated, parseIcapHead } from "./icap-head.ts";

export interface IcapOptions {
  /** Content is shown to it as the answer to a download where it can, else as an upload. */
  readonly method: "RESPMOD" | "REQMOD";
  /** Octets that it wants to see first; undefined when it wants everything at once. */
  readonly previewBytes: number | undefined;
  /** For how long this counts. */
  readonly timeMs: number;
}

/** Where a service is. */
export interface IcapService {
  readonly address: WireAddress;
  readonly url: string;
  readonly host: string;
}

/** The service of an `icap:` URL. */
export function icapService(url: URL): IcapService {
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  const host = `${url.hostname}:${port}`;
  const address = { host: url.hostname.replace(/^\[|\]$/g, ""), port };
  return { address, host, url: `icap://${host}${url.pathname || "/"}${url.search}` };
}

/** Asks. Throws when the service is not there or offers nothing that scans. */
export async function askOptions(wire: Wire, service: IcapService): Promise<IcapOptions & { isLast: boolean }> {
  const lines = [`OPTIONS ${service.url} ICAP/1.0`, `Host: ${service.host}`, "Encapsulated: null-body=0", "", ""];
  await wire.send(Buffer.from(lines.join("\r\n"), "latin1"));
  const head = parseIcapHead(await wire.readUntil("\r\n\r\n", remoteLimits.headerBytes));
  const { status, words, fields } = head;
  if (status !== 200) throw new Error(`it answered ${status} "${sanitize(words, SHOWN_CHARACTERS)}" to OPTIONS`);
  const { hasBody } = parseEncapsulated(fields.get("encapsulated"), 0);
  if (hasBody) await skipBody(wire, remoteLimits.pageBytes);
  const methods = listOf(fields.get("methods"));
  const method = methods.includes("respmod") ? "RESPMOD" : "REQMOD";
  if (!methods.includes(method.toLowerCase())) throw new Error("it offers neither RESPMOD nor REQMOD");
  return {
    method,
    previewBytes: previewBytes(fields.get("preview")),
    timeMs: timeMs(fields.get("options-ttl")),
    isLast: listOf(fields.get("connection")).includes("close"),
  };
}

function previewBytes(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value)
    ? Math.min(Number(value), remoteLimits.previewBytes)
    : undefined;
}

function timeMs(value: string | undefined): number {
  const seconds = value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : Number.POSITIVE_INFINITY;
  return Math.min(seconds * 1000, remoteLimits.optionsMs);
}

const DEFAULT_PORT = 1344;
const SHOWN_CHARACTERS = 100;
