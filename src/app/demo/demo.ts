/** The demonstration: a mail server with three messages, a proxy in front of it, and a mail client that downloads
 *  everything through the proxy over POP3 and over IMAP. All on loopback, on free ports, in memory. */
import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { errorText } from "../../core/errors.ts";
import type { MailProtocol, VerdictKind } from "../../core/model.ts";
import type { DetectionLine } from "../../core/snapshot.ts";
import { download } from "./download.ts";
import { imapDialogue } from "./imap-dialogue.ts";
import { startLineServer } from "./line-server.ts";
import { noticeIn } from "./notice-text.ts";
import { pop3Dialogue } from "./pop3-dialogue.ts";
import { type SampleMessage, sampleMailbox } from "./sample-mailbox.ts";

/** The proxy as the demonstration sees it: explicit mode on two ports of 127.0.0.1. */
export interface DemoProxy {
  readonly ports: Readonly<Record<MailProtocol, number>>;
  /** Findings so far, newest first. */
  recent(): readonly DetectionLine[];
  close(): Promise<void>;
}

export interface DemoOptions {
  startProxy(): Promise<DemoProxy>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What became of one message on one way. */
export interface DemoMessage {
  readonly protocol: MailProtocol;
  readonly subject: string;
  readonly sentBytes: number;
  readonly sentSha256: string;
  /** Both absent when nothing arrived. */
  readonly arrivedBytes?: number;
  readonly arrivedSha256?: string;
  readonly outcome: "identical" | "replaced" | "altered" | "missing";
  readonly verdict: VerdictKind;
  readonly detections: readonly { readonly name: string; readonly path: string }[];
  readonly isAsExpected: boolean;
}

export interface DemoDownload {
  readonly protocol: MailProtocol;
  /** Where the client connected, and the login that names the server. */
  readonly address: string;
  readonly user: string;
  /** Why the download broke off, if it did. */
  readonly error?: string;
  readonly messages: readonly DemoMessage[];
}

export interface DemoReport {
  readonly downloads: readonly DemoDownload[];
  /** What stands in place of the infected attachment. */
  readonly notice: string | undefined;
  readonly isAsExpected: boolean;
  readonly durationMs: number;
}

/** Runs it all. Rejects only when the server or the proxy can not be started. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const start = options.clock.monotonic();
  const samples = sampleMailbox();
  const contents = samples.map(({ bytes }) => bytes);
  const servers = {
    pop3: await startLineServer(() => pop3Dialogue(contents)),
    imap: await startLineServer(() => imapDialogue(contents)),
  };
  try {
    const proxy = await options.startProxy();
    try {
      const downloads: DemoDownload[] = [];
      const notices: string[] = [];
      for (const protocol of ["pop3", "imap"] as const) {
        downloads.push(await demonstrate(protocol, servers[protocol].port, proxy, samples, notices, options.signal));
      }
      const isAsExpected = downloads.every(
        ({ error, messages }) => error === undefined && messages.every((message) => message.isAsExpected),
      );
      return { downloads, notice: notices[0], isAsExpected, durationMs: options.clock.monotonic() - start };
    } finally {
      await proxy.close();
    }
  } finally {
    await Promise.all([servers.pop3.close(), servers.imap.close()]);
  }
}

async function demonstrate(
  protocol: MailProtocol,
  serverPort: number,
  proxy: DemoProxy,
  samples: readonly SampleMessage[],
  notices: string[],
  signal: AbortSignal,
): Promise<DemoDownload> {
  const user = `demo/127.0.0.1:${serverPort};plain`;
  const port = proxy.ports[protocol];
  const way = { protocol, address: `127.0.0.1:${port}`, user };
  const before = proxy.recent().length;
  let arrived: readonly Buffer[] = [];
  let error: string | undefined;
  try {
    arrived = await download({ protocol, port, user, password: "demo", signal });
  } catch (thrown) {
    error = errorText(thrown);
  }
  const recent = proxy.recent();
  const found = recent.slice(0, recent.length - before);
  const messages = samples.map((sample, index) => compare(protocol, sample, arrived[index], found, notices));
  return error === undefined ? { ...way, messages } : { ...way, error, messages };
}

function compare(
  protocol: MailProtocol,
  sample: SampleMessage,
  arrived: Buffer | undefined,
  found: readonly DetectionLine[],
  notices: string[],
): DemoMessage {
  const lines = found.filter(({ subject }) => subject === sample.subject);
  const verdict = lines[0]?.verdict ?? "clean";
  const notice = arrived === undefined ? undefined : noticeIn(sample.bytes, arrived);
  const outcome = outcomeOf(sample, arrived, notice);
  if (notice !== undefined && sample.isInfected) notices.push(notice);
  const isAsExpected = sample.isInfected
    ? outcome === "replaced" && verdict === "infected"
    : outcome === "identical" && verdict === "clean";
  return {
    protocol,
    subject: sample.subject,
    sentBytes: sample.bytes.length,
    sentSha256: sha256(sample.bytes),
    ...(arrived !== undefined && { arrivedBytes: arrived.length, arrivedSha256: sha256(arrived) }),
    outcome,
    verdict,
    detections: lines.map(({ name, path }) => ({ name, path })),
    isAsExpected,
  };
}

/** "replaced" takes more than a difference: the attachment is gone and there is a text in its place. */
function outcomeOf(
  sample: SampleMessage,
  arrived: Buffer | undefined,
  notice: string | undefined,
): DemoMessage["outcome"] {
  if (arrived === undefined) return "missing";
  if (arrived.equals(sample.bytes)) return "identical";
  const isGone = sample.infectedMark !== undefined && !arrived.includes(sample.infectedMark);
  return isGone && notice !== undefined ? "replaced" : "altered";
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
