/** rspamd as an engine: the message as a whole by POST /checkv2. Its antivirus and phishing results count; whether
 *  something is spam is not asked. */
import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { systemErrorCode } from "../../../core/errors.ts";
import { sanitize } from "../../../core/sanitize.ts";
import { remoteLimits } from "../../../core/scan-limits.ts";
import type { EngineSettings } from "../../../core/settings.ts";
import {
  PROBE_CONTENT,
  type RemoteEngine,
  type RemoteMessage,
  type RemoteSink,
  WHOLE_MESSAGE,
} from "../../remote/remote-engine.ts";
import { parseRspamdAnswer, type SymbolPatterns } from "./rspamd-answer.ts";

/** `address` is a URL; a path in it comes before `/checkv2`. */
export function createRspamdEngine(address: string, settings: EngineSettings["rspamd"]): RemoteEngine {
  return new RspamdEngine(new URL(address), settings);
}

class RspamdEngine implements RemoteEngine {
  readonly name = "rspamd";
  readonly #url: URL;
  readonly #patterns: SymbolPatterns;
  readonly #agent: HttpAgent;

  constructor(url: URL, patterns: SymbolPatterns) {
    this.#url = url;
    this.#patterns = patterns;
    const options = { keepAlive: true, timeout: remoteLimits.idleMs };
    this.#agent = url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  async ask({ bytes }: RemoteMessage, sink: RemoteSink, signal: AbortSignal): Promise<void> {
    const { status, body } = await this.#requestAgain("POST", "checkv2", bytes, signal);
    const answer = parseRspamdAnswer(status, body, this.#patterns);
    for (const { name, kind } of answer.detections) sink.detection(WHOLE_MESSAGE, name, kind);
    for (const problem of answer.problems) sink.incomplete(WHOLE_MESSAGE, problem);
  }

  async probe(signal: AbortSignal): Promise<void> {
    const { status, body } = await this.#request("GET", "ping", undefined, signal);
    if (status !== 200 || body.toString("latin1").trim() !== "pong") {
      const text = sanitize(body.toString("latin1", 0, 200), SHOWN_CHARACTERS);
      throw new Error(`it answered ${status} "${text}" to /ping`);
    }
    // Not a message: nothing is to be learned or counted from it.
    await this.#request("POST", "checkv2", PROBE_CONTENT, signal, { Flags: "no_log,no_stat" });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** A connection that was kept may be closed by an rspamd that is well: then once more. */
  async #requestAgain(method: string, path: string, bytes: Buffer, signal: AbortSignal): Promise<Response> {
    try {
      return await this.#request(method, path, bytes, signal);
    } catch (error) {
      if (!(error instanceof StaleConnectionError) || signal.aborted) throw error;
      return await this.#request(method, path, bytes, signal);
    }
  }

  #request(
    method: string,
    path: string,
    bytes: Buffer | undefined,
    signal: AbortSignal,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const { protocol, hostname, port, pathname } = this.#url;
    const options: RequestOptions = {
      method,
      protocol,
      host: hostname.replace(/^\[|\]$/g, ""),
      ...(port === "" ? {} : { port }),
      path: `${pathname.replace(/\/$/, "")}/${path}`,
      agent: this.#agent,
      signal,
      maxHeaderSize: remoteLimits.headerBytes,
      headers: {
        ...fields,
        ...(bytes !== undefined && { "Content-Length": bytes.length, "Content-Type": "message/rfc822" }),
      },
    };
    return new Promise((resolve, reject) => {
      const start = protocol === "https:" ? requestHttps : requestHttp;
      const request = start(options, (response) => {
        readBody(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      request.on("error", (error) => {
        const isStale = request.reusedSocket && systemErrorCode(error) === "ECONNRESET";
        reject(isStale ? new StaleConnectionError("it closed the connection", { cause: error }) : error);
      });
      request.end(bytes);
    });
  }
}

interface Response {
  readonly status: number;
  readonly body: Buffer;
}

class StaleConnectionError extends Error {}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > remoteLimits.jsonBytes) throw new Error(`its answer is longer than ${remoteLimits.jsonBytes} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const SHOWN_CHARACTERS = 100;
