/** Fetches a file over HTTPS: bounded in size, time and redirects, checked, and not at all when it is still the same. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import { type ClientRequest, get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecure } from "node:https";
import { pipeline } from "node:stream/promises";
import { getCACertificates } from "node:tls";
import { createGunzip } from "node:zlib";
import { isSafeAddress } from "../config/database-source.ts";
import { systemErrorCode, systemErrorText, UserError } from "../core/errors.ts";
import { formatBytes } from "../core/format.ts";
import { databaseLimits } from "../core/limits.ts";
import { sanitize } from "../core/sanitize.ts";
import { version } from "../core/version.ts";

export interface FetchRequest {
  readonly url: string;
  readonly allowsHttp: boolean;
  /** A path at which there is nothing yet. */
  readonly target: string;
  readonly maxBytes: number;
  /** Of the version that is there: nothing is fetched when it is still the same. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** PEM certificates of authorities that are trusted besides the system's. */
  readonly authorities: readonly string[];
  readonly signal: AbortSignal;
}

export type Fetched =
  | { readonly type: "unchanged" }
  /** The server has no such file. */
  | { readonly type: "missing"; readonly status: number }
  | {
      readonly type: "file";
      readonly bytes: number;
      /** Of the file at `target`. */
      readonly sha256: string;
      /** Of the octets as they were served: packed, perhaps. */
      readonly servedSha256: string;
      readonly etag: string | undefined;
      readonly lastModified: string | undefined;
    };

/** Fetches and unpacks (gzip) to `target`. Rejects with a UserError, or with the signal's reason. */
export async function fetchFile(request: FetchRequest): Promise<Fetched> {
  const deadline = AbortSignal.timeout(databaseLimits.totalMs);
  const signal = AbortSignal.any([request.signal, deadline]);
  try {
    const response = await follow(request, signal);
    try {
      return await take(response, request, signal);
    } finally {
      response.destroy();
    }
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof UserError) throw error;
    const why = deadline.aborted ? `it took more than ${databaseLimits.totalMs / 60_000} min` : describe(error);
    throw problem(request.url, why, error);
  }
}

/** The answer behind all redirects. */
async function follow(request: FetchRequest, signal: AbortSignal): Promise<IncomingMessage> {
  let url = new URL(request.url);
  for (let redirects = 0; redirects <= databaseLimits.redirects; redirects += 1) {
    if (!isSafeAddress(url, request.allowsHttp)) throw problem(request.url, "it is fetched unencrypted");
    const response = await ask(url, request, signal);
    const location = REDIRECTS.has(response.statusCode ?? 0) ? response.headers.location : undefined;
    if (location === undefined) return response;
    response.destroy();
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (next === undefined) throw problem(request.url, "it redirects to what is no address");
    if (next.protocol !== "https:" && (url.protocol === "https:" || next.protocol !== "http:")) {
      const from = url.protocol === "https:" ? " from https" : "";
      throw problem(request.url, `it redirects${from} to "${sanitize(next.href, SHOWN_CHARACTERS)}"`);
    }
    url = next;
  }
  throw problem(request.url, `it redirects more than ${databaseLimits.redirects} times`);
}

function ask(url: URL, request: FetchRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { etag, lastModified } = request;
  const headers = {
    "User-Agent": `mailward/${version}`,
    Accept: "*/*",
    "Accept-Encoding": "identity",
    ...(etag !== undefined && { "If-None-Match": etag }),
    ...(lastModified !== undefined && { "If-Modified-Since": lastModified }),
  };
  return new Promise((resolve, reject) => {
    const answer = (response: IncomingMessage): void => {
      // Whoever reads it hears of errors too; it may be given up before.
      response.on("error", () => undefined);
      resolve(response);
    };
    const options = { headers, signal, agent: false as const };
    const sent: ClientRequest =
      url.protocol === "https:"
        ? getSecure(url, { ...options, ca: [...getCACertificates("default"), ...request.authorities] }, answer)
        : getPlain(url, options, answer);
    sent.on("error", reject);
    sent.setTimeout(databaseLimits.silenceMs, () => sent.destroy(new Error("the server says nothing")));
  });
}

async function take(response: IncomingMessage, request: FetchRequest, signal: AbortSignal): Promise<Fetched> {
  const { statusCode = 0, statusMessage = "", headers } = response;
  const isConditional = request.etag !== undefined || request.lastModified !== undefined;
  if (statusCode === 304 && isConditional) return { type: "unchanged" };
  if (statusCode >= 400 && statusCode < 500) return { type: "missing", status: statusCode };
  if (statusCode !== 200) {
    throw problem(request.url, `the server answers ${statusCode} ${sanitize(statusMessage, 100)}`.trim());
  }
  // It would end with the connection, which anybody on the way can end too: fewer signatures, and nobody would know.
  const isFramed = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  if (!isFramed) throw problem(request.url, "the server does not say where it ends, and it may have been cut off");
  const encoding = headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (!ENCODINGS.has(encoding)) throw problem(request.url, `it comes in the encoding "${sanitize(encoding, 100)}"`);
  const { target } = request;
  const served = new Meter(request);
  const staged = `${target}.served`;
  await pipeline(
    response,
    (chunks) => served.measure(chunks),
    createWriteStream(staged, { flags: "wx", mode: READABLE }),
    { signal },
  );
  const unpacked = (await isGzip(staged)) ? new Meter(request) : undefined;
  if (unpacked === undefined) await rename(staged, target);
  else {
    const output = createWriteStream(target, { flags: "wx", mode: READABLE });
    await pipeline(createReadStream(staged), createGunzip(), (chunks) => unpacked.measure(chunks), output, { signal });
  }
  const servedSha256 = served.sha256;
  return {
    type: "file",
    bytes: (unpacked ?? served).bytes,
    sha256: unpacked?.sha256 ?? servedSha256,
    servedSha256,
    etag: headers.etag,
    lastModified: headers["last-modified"],
  };
}

/** Counts and hashes what passes through. */
class Meter {
  readonly #request: FetchRequest;
  readonly #sum = createHash("sha256");
  #bytes = 0;
  #digest: string | undefined;

  constructor(request: FetchRequest) {
    this.#request = request;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get sha256(): string {
    this.#digest ??= this.#sum.digest("hex");
    return this.#digest;
  }

  async *measure(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      if (this.#bytes > this.#request.maxBytes) {
        throw problem(this.#request.url, `it has more than ${formatBytes(this.#request.maxBytes)}`);
      }
      this.#sum.update(chunk);
      yield chunk;
    }
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.readUInt16BE() === GZIP_MAGIC;
  } finally {
    await file.close();
  }
}

function describe(error: unknown): string {
  const code = systemErrorCode(error) ?? "";
  if (CERTIFICATE_ERROR.test(code)) return `its certificate is not trusted (${code})`;
  if (code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE") return "the connection was lost";
  if (code === "ECONNREFUSED") return "the server refuses connections";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "there is no such host";
  if (code.startsWith("Z_")) return "what was packed is damaged";
  return sanitize(systemErrorText(error), SHOWN_CHARACTERS);
}

function problem(url: string, why: string, cause?: unknown): UserError {
  return new UserError(
    `Cannot fetch "${sanitize(url, SHOWN_CHARACTERS)}": ${why}`,
    cause === undefined ? {} : { cause },
  );
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const ENCODINGS: ReadonlySet<string> = new Set(["identity", "gzip", "x-gzip"]);
const GZIP_MAGIC = 0x1f8b;
/** Signatures are no secret, and the user who scans need not be the one who fetches. */
const READABLE = 0o644;
const CERTIFICATE_ERROR = /CERT|SIGNATURE|SELF_SIGNED|ISSUER|ALTNAME|UNABLE_TO_VERIFY/;
const SHOWN_CHARACTERS = 300;
