import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/core/errors.ts";
import { databaseLimits } from "../../../src/core/limits.ts";
import { type FetchRequest, fetchFile } from "../../../src/storage/database-fetch.ts";
import { createAuthority, selfSigned } from "../../support/certificates.ts";
import { type FileServer, startFileServer } from "../../support/file-server.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const authority = createAuthority();
const TEXT = "0123456789abcdef0123456789abcdef:5:Own.Bad\n";

describe("fetchFile()", () => {
  test("fetches over HTTPS from a server whose certificate is trusted", async () => {
    const { server, fetch, target } = await setUp();
    server.serve("/own.hdb", TEXT);
    expect(await fetch("/own.hdb")).toEqual({
      type: "file",
      bytes: TEXT.length,
      sha256: sha256(TEXT),
      servedSha256: sha256(TEXT),
      etag: expect.stringMatching(/^"/),
      lastModified: "Thu, 01 Jan 2026 00:00:00 GMT",
    });
    expect(readFileSync(target, "utf8")).toBe(TEXT);
  });

  test("fetches nothing that is still the same", async () => {
    const { server, fetch, target } = await setUp();
    server.serve("/own.hdb", TEXT);
    const first = await fetch("/own.hdb");
    const etag = first.type === "file" ? first.etag : undefined;
    const { fetch: again, target: other } = await setUp(server);
    expect(await again("/own.hdb", { etag, lastModified: "Thu, 01 Jan 2026 00:00:00 GMT" })).toEqual({
      type: "unchanged",
    });
    expect(server.requests[1]?.headers).toMatchObject({
      "if-none-match": etag,
      "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT",
    });
    expect([existsSync(target), existsSync(other)]).toEqual([true, false]);
  });

  test("unpacks what is packed, whatever it is called", async () => {
    const { server, fetch, target } = await setUp();
    const packed = gzipSync(TEXT.repeat(1_000));
    server.serve("/own.hdb", packed);
    expect(await fetch("/own.hdb")).toMatchObject({
      bytes: TEXT.length * 1_000,
      sha256: sha256(TEXT.repeat(1_000)),
      servedSha256: sha256(packed),
    });
    expect(readFileSync(target, "utf8")).toBe(TEXT.repeat(1_000));
  });

  test("takes a file that is packed for the way", async () => {
    const { server, fetch, target } = await setUp();
    server.serve("/own.hdb", (response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(TEXT));
    });
    await fetch("/own.hdb");
    expect(readFileSync(target, "utf8")).toBe(TEXT);
    expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test("says which files are not there", async () => {
    const { fetch } = await setUp();
    expect(await fetch("/none.hdb")).toEqual({ type: "missing", status: 404 });
  });

  test.each([
    ["a certificate of nobody", async () => startFileServer(selfSigned()), /certificate is not trusted/],
    ["another authority's", async () => startFileServer(createAuthority().issue()), /certificate is not trusted/],
    ["an expired one", async () => startFileServer(authority.issue({ validity: "expired" })), /CERT_HAS_EXPIRED/],
    ["another host's", async () => startFileServer(authority.issue({ hosts: ["example.org"] })), /ALTNAME/],
  ])("trusts no server with %s", async (_name, start, expected) => {
    const server = await start();
    server.serve("/own.hdb", TEXT);
    const { fetch } = await setUp(server);
    await expect(fetch("/own.hdb")).rejects.toThrow(expected);
    await expect(fetch("/own.hdb")).rejects.toThrow(UserError);
    expect(server.requests).toEqual([]);
  });

  test("fetches unencrypted from this machine alone, unless somebody allows it", async () => {
    const server = await startFileServer();
    server.serve("/own.hdb", TEXT);
    const { fetch } = await setUp(server);
    expect(await fetch("/own.hdb")).toMatchObject({ type: "file" });
    const { request } = await setUp(server);
    const elsewhere = { ...request, url: "http://192.0.2.1/own.hdb" };
    await expect(fetchFile(elsewhere)).rejects.toThrow(
      'Cannot fetch "http://192.0.2.1/own.hdb": it is fetched unencrypted',
    );
  });

  test("follows redirects, and not for ever", async () => {
    const { server, fetch } = await setUp();
    server.serve("/own.hdb", TEXT);
    const steps = databaseLimits.redirects;
    for (let step = 1; step <= steps; step += 1) {
      server.serve(`/${step}`, redirectTo(step === 1 ? "/own.hdb" : `/${step - 1}`));
    }
    server.serve("/more", redirectTo(`/${steps}`));
    expect(await fetch(`/${steps}`)).toMatchObject({ type: "file" });
    await expect(fetch("/more")).rejects.toThrow(`it redirects more than ${steps} times`);
  });

  test("does not follow a redirect away from encryption", async () => {
    const { server, fetch } = await setUp();
    const plain = await startFileServer();
    plain.serve("/own.hdb", TEXT);
    server.serve("/own.hdb", redirectTo(`${plain.origin}/own.hdb`));
    await expect(fetch("/own.hdb")).rejects.toThrow(`it redirects from https to "${plain.origin}/own.hdb"`);
    await expect(fetch("/own.hdb", { allowsHttp: true })).rejects.toThrow("it redirects from https");
    for (const location of ["file:///etc/passwd", "ftp://example.org/x", "data:,x", "https://"]) {
      server.serve("/own.hdb", redirectTo(location));
      await expect(fetch("/own.hdb")).rejects.toThrow(/it redirects (?:from https|to what is no address)/);
    }
    expect(plain.requests).toEqual([]);
    plain.serve("/own.hdb", redirectTo("file:///etc/passwd"));
    const { fetch: unencrypted } = await setUp(plain);
    await expect(unencrypted("/own.hdb")).rejects.toThrow('it redirects to "file:///etc/passwd"');
  });

  test("takes exactly as much as is allowed", async () => {
    const { server, fetch, request } = await setUp();
    server.serve("/own.hdb", TEXT);
    expect(await fetch("/own.hdb", { maxBytes: TEXT.length })).toMatchObject({ bytes: TEXT.length });
    const { fetch: again } = await setUp(server);
    const refused = `Cannot fetch "${server.origin}/own.hdb": it has more than ${TEXT.length - 1} B`;
    await expect(again("/own.hdb", { maxBytes: TEXT.length - 1 })).rejects.toThrow(refused);
    server.serve("/own.hdb", gzipSync(Buffer.alloc(1_000_000)));
    const { fetch: packed } = await setUp(server);
    await expect(packed("/own.hdb", { maxBytes: 999_999 })).rejects.toThrow("it has more than 1.0 MB");
    expect(request.maxBytes).toBeGreaterThan(0);
  });

  test("takes no half file", async () => {
    const { server, fetch } = await setUp();
    server.serve("/own.hdb", (response) => {
      response.writeHead(200, { "Content-Length": 1_000 });
      response.write("half", () => response.destroy());
    });
    await expect(fetch("/own.hdb")).rejects.toThrow("the connection was lost");
    server.serve("/packed.hdb", gzipSync(TEXT.repeat(100)).subarray(0, -10));
    await expect(fetch("/packed.hdb", { target: join(temporaryDirectory(), "x") })).rejects.toThrow(
      "what was packed is damaged",
    );
  });

  test("takes no file that anybody on the way could have cut off unnoticed", async () => {
    const { server, fetch } = await setUp();
    server.serve("/own.hdb", ({ socket }) => void socket?.end(`HTTP/1.1 200 OK\r\n\r\n${TEXT}`));
    await expect(fetch("/own.hdb")).rejects.toThrow("the server does not say where it ends");
    server.serve("/own.hdb", (response) => {
      response.write(TEXT);
      response.end(TEXT);
    });
    expect(await fetch("/own.hdb")).toMatchObject({ bytes: 2 * TEXT.length });
  });

  test.each([
    [500, "the server answers 500 Internal Server Error"],
    [304, "the server answers 304 Not Modified"],
    [204, "the server answers 204 No Content"],
  ])("takes no answer %i for a file", async (status, expected) => {
    const { server, fetch } = await setUp();
    server.serve("/own.hdb", (response) => void response.writeHead(status).end());
    await expect(fetch("/own.hdb")).rejects.toThrow(expected);
  });

  test("refuses encodings that it does not know", async () => {
    const { server, fetch } = await setUp();
    server.serve("/own.hdb", (response) => void response.writeHead(200, { "Content-Encoding": "br" }).end("x"));
    await expect(fetch("/own.hdb")).rejects.toThrow('it comes in the encoding "br"');
  });

  test("shows nothing of the server that could act on a terminal", async () => {
    const { server, fetch } = await setUp();
    server.serve("/own.hdb", (response) => void response.writeHead(500, "\u0080\u009b31m").end());
    await expect(fetch("/own.hdb")).rejects.toThrow(String.raw`the server answers 500 \x80\x9b31m`);
  });

  test("rejects with the signal's reason when it is told to stop", async () => {
    const { server, request } = await setUp();
    const stop = new AbortController();
    server.serve("/own.hdb", () => stop.abort(new UserError("Stopped")));
    await expect(fetchFile({ ...request, url: `${server.origin}/own.hdb`, signal: stop.signal })).rejects.toThrow(
      "Stopped",
    );
  });

  test("says that nobody is there", async () => {
    const { request } = await setUp();
    await expect(fetchFile({ ...request, url: "https://127.0.0.1:1/x" })).rejects.toThrow(
      "the server refuses connections",
    );
  });
});

async function setUp(existing?: FileServer) {
  const server = existing ?? (await startFileServer(authority.issue()));
  const target = join(temporaryDirectory(), "own.hdb");
  const request: FetchRequest = {
    url: "",
    allowsHttp: false,
    target,
    maxBytes: databaseLimits.fileBytes,
    authorities: [authority.certificate],
    signal: new AbortController().signal,
  };
  const fetch = (path: string, changes: Partial<FetchRequest> = {}) =>
    fetchFile({ ...request, url: `${server.origin}${path}`, ...changes });
  return { server, target, request, fetch };
}

function redirectTo(location: string) {
  return (response: ServerResponse): void => {
    response.writeHead(302, { Location: location }).end();
  };
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
