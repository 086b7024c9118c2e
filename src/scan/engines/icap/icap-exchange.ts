/** One piece of content shown to an ICAP service (RFC 3507 §4.8, §4.9), with a preview where it wants one (§4.5). The
 *  answer is read while the content is sent: a service may begin to send it back before it has all of it. */

import { sanitize } from "../../../core/sanitize.ts";
import { remoteLimits } from "../../../core/scan-limits.ts";
import type { EngineFinding } from "../../engine.ts";
import type { Wire } from "../../remote/wire.ts";
import { readBody, sendChunks } from "./icap-body.ts";
import { icapFindings } from "./icap-findings.ts";
import { type IcapHead, listOf, parseEncapsulated, parseIcapHead } from "./icap-head.ts";
import type { IcapOptions, IcapService } from "./icap-service.ts";

export interface IcapAnswer {
  readonly findings: readonly EngineFinding[];
  /** Why the content was not judged. */
  readonly problem: string | undefined;
  /** The connection can not be used again. */
  readonly isLast: boolean;
}

/** Rejects when the connection breaks or what comes is no ICAP. */
export async function showContent(
  wire: Wire,
  service: IcapService,
  options: IcapOptions,
  bytes: Buffer,
): Promise<IcapAnswer> {
  const preview = options.previewBytes === undefined ? undefined : bytes.subarray(0, options.previewBytes);
  await wire.send(Buffer.from(requestHead(service, options.method, bytes.length, preview?.length), "latin1"));
  const head = preview === undefined ? undefined : await showPreview(wire, preview, bytes.length);
  if (head !== undefined && head.status !== 100)
    return answerOf(wire, head, options, bytes, preview?.length === bytes.length);
  return await showRest(wire, options, bytes, preview?.length ?? 0);
}

async function showPreview(wire: Wire, preview: Buffer, bytes: number): Promise<IcapHead> {
  await sendChunks(wire, preview, () => false);
  // `ieof` says that the preview is everything: there will be no 100 then.
  await wire.send(Buffer.from(preview.length === bytes ? "0; ieof\r\n\r\n" : "0\r\n\r\n", "latin1"));
  const head = await readHead(wire);
  if (head.status === 100 && preview.length === bytes) throw new Error("it asks for more than there is");
  return head;
}

/** Sends and reads at the same time. */
async function showRest(wire: Wire, options: IcapOptions, bytes: Buffer, start: number): Promise<IcapAnswer> {
  let isAnswered = false;
  let isSent = false;
  const sending = (async () => {
    await sendChunks(wire, bytes.subarray(start), () => isAnswered);
    if (isAnswered) return;
    await wire.send(Buffer.from("0\r\n\r\n", "latin1"));
    isSent = true;
  })();
  // What breaks the sending breaks the reading too, or the answer was there before.
  sending.catch(() => {});
  const head = await readHead(wire);
  if (head.status === 100) throw new Error("it asks for what it has got");
  const answer = await answerOf(wire, head, options, bytes, true);
  isAnswered = true;
  return { ...answer, isLast: answer.isLast || !isSent };
}

async function readHead(wire: Wire): Promise<IcapHead> {
  return parseIcapHead(await wire.readUntil("\r\n\r\n", remoteLimits.headerBytes));
}

async function answerOf(
  wire: Wire,
  { status, words, fields }: IcapHead,
  options: IcapOptions,
  bytes: Buffer,
  hasEverything: boolean,
): Promise<IcapAnswer> {
  const findings = icapFindings(fields);
  const isLast = listOf(fields.get("connection")).includes("close");
  if (status === 204) return { findings, problem: undefined, isLast };
  if (status !== 200) {
    const problem = `it answered ${status} "${sanitize(words, SHOWN_CHARACTERS)}"`;
    // Whether a body follows does not matter: the connection is not used again.
    return { findings, problem: findings.length === 0 ? problem : undefined, isLast: true };
  }
  const isSame = await isUnchanged(wire, fields.get("encapsulated"), options, bytes);
  if (isSame || findings.length > 0) return { findings, problem: undefined, isLast: isLast || !hasEverything };
  return { findings: [BLOCKED], problem: undefined, isLast: isLast || !hasEverything };
}

/** Reads the message that a 200 brings: the content as it was, or something in its place. */
async function isUnchanged(
  wire: Wire,
  encapsulated: string | undefined,
  { method }: IcapOptions,
  bytes: Buffer,
): Promise<boolean> {
  const { headerBytes, hasBody, hasResponse, responseStart } = parseEncapsulated(
    encapsulated,
    remoteLimits.headerBytes,
  );
  const header: Buffer[] = [];
  for (let left = headerBytes; left > 0; ) {
    const octets = await wire.readSome(left);
    left -= octets.length;
    header.push(octets);
  }
  let position = 0;
  let isSame = true;
  if (hasBody) {
    await readBody(wire, bytes.length + remoteLimits.pageBytes, (octets) => {
      isSame &&= octets.equals(bytes.subarray(position, position + octets.length));
      position += octets.length;
    });
  }
  if (!isSame || position !== bytes.length) return false;
  if (!hasResponse) return true;
  const status = Buffer.concat(header).toString("latin1", responseStart, responseStart + 13);
  return method === "RESPMOD" && /^HTTP\/1\.\d 2\d\d/.test(status);
}

/** The piece as a download or an upload. Neither its name nor its type, which a sender chooses, are told: a service
 *  that goes by them would look at less. */
function requestHead(
  service: IcapService,
  method: IcapOptions["method"],
  bytes: number,
  previewBytes: number | undefined,
): string {
  const about = `Content-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n\r\n`;
  const [request, response] =
    method === "RESPMOD"
      ? [`GET ${CONTENT_URL} HTTP/1.1\r\nHost: ${CONTENT_HOST}\r\n\r\n`, `HTTP/1.1 200 OK\r\n${about}`]
      : [`POST ${CONTENT_URL} HTTP/1.1\r\nHost: ${CONTENT_HOST}\r\n${about}`, ""];
  const body = request.length + response.length;
  const encapsulated =
    method === "RESPMOD"
      ? `req-hdr=0, res-hdr=${request.length}, res-body=${body}`
      : `req-hdr=0, req-body=${request.length}`;
  const lines = [
    `${method} ${service.url} ICAP/1.0`,
    `Host: ${service.host}`,
    "Allow: 204",
    ...(previewBytes === undefined ? [] : [`Preview: ${previewBytes}`]),
    `Encapsulated: ${encapsulated}`,
    "",
    "",
  ];
  return `${lines.join("\r\n")}${request}${response}`;
}

/** Something was put in the content's place, and no field says why. */
const BLOCKED: EngineFinding = { name: "Blocked", kind: "malware" };
const CONTENT_HOST = "mail.invalid";
const CONTENT_URL = `http://${CONTENT_HOST}/content`;
const SHOWN_CHARACTERS = 100;
