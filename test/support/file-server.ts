/** A server of files for tests, over HTTPS or HTTP, that knows validators and can misbehave. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Credentials } from "./certificates.ts";

export interface FileServer {
  /** `https://localhost:port`, without a slash. */
  readonly origin: string;
  /** Paths of all requests so far, with the validators they came with. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingMessage["headers"] }[];
  /** Serves octets with an ETag, or whatever a function does. */
  serve(path: string, content: string | Uint8Array | ((response: ServerResponse) => void)): void;
  remove(path: string): void;
}

/** With `credentials` over TLS. It is closed when the test has ended. */
export async function startFileServer(credentials?: Credentials): Promise<FileServer> {
  const files = new Map<string, string | Uint8Array | ((response: ServerResponse) => void)>();
  const requests: { path: string; headers: IncomingMessage["headers"] }[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? "";
    requests.push({ path, headers: request.headers });
    const content = files.get(path);
    if (typeof content === "function") content(response);
    else if (content === undefined) response.writeHead(404).end("no such file");
    else answerFile(request, response, content);
  };
  const server: Server = credentials === undefined ? createPlain(answer) : createSecure(credentials, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${credentials === undefined ? "http" : "https"}://localhost:${port}`,
    requests,
    serve: (path, content) => void files.set(path, content),
    remove: (path) => void files.delete(path),
  };
}

function answerFile(request: IncomingMessage, response: ServerResponse, content: string | Uint8Array): void {
  const etag = `"${createHash("md5").update(content).digest("hex")}"`;
  const headers = { ETag: etag, "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT" };
  if (request.headers["if-none-match"] === etag) response.writeHead(304, headers).end();
  else response.writeHead(200, { ...headers, "Content-Length": Buffer.byteLength(content) }).end(content);
}
