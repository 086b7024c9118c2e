import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, test, vi } from "vitest";
import { defaultSettings } from "../../src/config/defaults.ts";
import { createAuthority, selfSigned } from "../support/certificates.ts";
import {
  cleanService,
  cleanUp,
  cleanups,
  everything,
  portOf,
  relay,
  relaySelf,
  type Setup,
  serve,
  sha256,
} from "../support/relay-proxy.ts";

afterEach(cleanUp);

describe("Connection", () => {
  test("relays 30 MB byte-identical when the client reads slowly", async () => {
    const content = randomBytes(30_000_000);
    const upstream = await serve((socket) => socket.end(content));
    const { client } = await relay(portOf(upstream));
    const socket = await client();
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of socket) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([bytes, hash.digest("hex")]).toEqual([content.length, sha256(content)]);
  });

  test("delivers a held message of 20 MB from disk byte-identical, and frees it", async () => {
    const content = randomBytes(20_000_000);
    const upstream = await serve((socket) => socket.once("data", () => socket.end(content)));
    const { client, ended } = await relay(portOf(upstream));
    const socket = await client();
    socket.write("HOLD\n");
    expect(sha256(await everything(socket))).toBe(sha256(content));
    socket.end();
    await expect.poll(ended).toBe(1);
  });

  test("passes a half-close on, and the last answer still arrives (P-69)", async () => {
    const upstream = await serve((socket) => {
      socket.on("data", () => undefined);
      socket.on("end", () => socket.end("+OK bye\r\n"));
    });
    const { client, ended } = await relay(portOf(upstream));
    const socket = await client();
    socket.end("QUIT\r\n");
    expect((await everything(socket)).toString()).toBe("+OK bye\r\n");
    await expect.poll(ended).toBe(1);
  });

  test("ends one connection and no other when its session has a fault (R-16)", async () => {
    const upstream = await serve((socket) => socket.pipe(socket));
    const { client, ended } = await relay(portOf(upstream));
    const [faulty, healthy] = [await client(), await client()];
    faulty.write("BOOM");
    await everything(faulty);
    await expect.poll(ended).toBe(1);
    healthy.end("still here");
    expect((await everything(healthy)).toString()).toBe("still here");
  });

  test("refuses a target that is its own listener", async () => {
    const self = await relaySelf();
    expect((await everything(await self())).toString()).toMatch(/^-ERR loop: 127\.0\.0\.1 port \d+ is mailward itself/);
  });

  test("refuses loopback and private targets when other hosts can reach the listener", async () => {
    const upstream = await serve((socket) => socket.end("secret"));
    const { client } = await relay(portOf(upstream), { isGuarded: true });
    expect((await everything(await client())).toString()).toMatch(/^-ERR forbidden-target: /);
    const allowed = await relay(portOf(upstream), {
      isGuarded: true,
      settings: { upstream: { ...defaultSettings().upstream, allowPrivate: true } },
    });
    expect((await everything(await allowed.client())).toString()).toBe("secret");
  });

  test("says refused, unknown-host, tls and timeout for what they are, in time (R-12)", async () => {
    const closed = await serve(() => undefined);
    const port = portOf(closed);
    closed.close();
    const talk = async (setup: Setup, upstreamPort = port): Promise<string> =>
      (await everything(await (await relay(upstreamPort, setup)).client())).toString();
    expect(await talk({})).toMatch(/^-ERR refused: 127\.0\.0\.1 port \d+ refuses connections/);
    expect(await talk({ target: { host: "mail.invalid" } })).toMatch(/^-ERR unknown-host: mail\.invalid /);
    const plain = await serve((socket) => socket.end("+OK this is no TLS\r\n"));
    expect(await talk({ target: { security: "tls" } }, portOf(plain))).toMatch(/^-ERR tls: /);
    const silent = await serve(() => undefined);
    const upstream = { ...defaultSettings().upstream, connectTimeoutMs: 200 };
    expect(await talk({ target: { security: "tls" }, settings: { upstream } }, portOf(silent))).toMatch(
      /^-ERR timeout: /,
    );
  });

  test("refuses a certificate that nobody vouches for, whatever the environment says", async () => {
    const upstream = createTlsServer(selfSigned({ hosts: ["localhost", "127.0.0.1"] }), (socket) =>
      socket.end("SECRET"),
    );
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    cleanups.push(() => upstream.close());
    const { client } = await relay((upstream.address() as AddressInfo).port, { target: { security: "tls" } });
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      expect((await everything(await client())).toString()).toMatch(/^-ERR certificate: .* it is self-signed/);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("refuses a held message when the scan service fails, and nothing of it is delivered", async () => {
    const upstream = await serve((socket) => socket.once("data", () => socket.end("SECRET CONTENT")));
    const { client } = await relay(portOf(upstream), {
      scanService: { ...cleanService, judge: () => Promise.reject(new Error("the scan service is gone")) },
    });
    const socket = await client();
    socket.write("HOLD\n");
    expect((await everything(socket)).toString()).toBe("-ERR scan\r\n");
  });

  test("refuses a held message when the disk budget is used up", async () => {
    const upstream = await serve((socket) => socket.once("data", () => socket.end(Buffer.alloc(300_000))));
    const { client } = await relay(portOf(upstream), {
      settings: { spool: { memoryBytesPerMessage: 1_000, memoryBytesTotal: 1_000, diskBytesTotal: 100_000 } },
    });
    const socket = await client();
    socket.write("HOLD\n");
    expect((await everything(socket)).toString()).toBe("-ERR spool\r\n");
  });

  test.each(["fin", "reset"] as const)("closes a TLS upstream when the client goes with a %s", async (how) => {
    const authority = createAuthority();
    let [isReached, isClosed] = [false, false];
    const upstream = createTlsServer(authority.issue(), (socket) => {
      socket.on("data", () => {
        isReached = true;
      });
      socket.on("error", () => undefined);
      socket.on("close", () => {
        isClosed = true;
      });
    });
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    cleanups.push(() => upstream.close());
    const { client, ended } = await relay((upstream.address() as AddressInfo).port, {
      target: { security: "tls", host: "localhost" },
      extraAuthorities: [authority.certificate],
    });
    const socket = await client();
    socket.write("hello");
    await expect.poll(() => isReached).toBe(true);
    if (how === "reset") socket.resetAndDestroy();
    else socket.end("ABORT");
    await expect.poll(() => isClosed).toBe(true);
    await expect.poll(ended).toBe(1);
  });

  test("stops reading a client that asks without end and reads nothing", async () => {
    const upstream = await serve(() => undefined);
    const { client } = await relay(portOf(upstream));
    const socket = await client();
    let taken = 0;
    const chunk = Buffer.from("FLOOD".repeat(2_000));
    const flood = (): void => {
      socket.write(chunk, () => {
        taken += chunk.length;
        if (taken < 100_000_000) flood();
      });
    };
    flood();
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = taken === before;
          before = taken;
          return isStill;
        },
        { interval: 300, timeout: 15_000 },
      )
      .toBe(true);
    // What the kernel's buffers take on loopback, and no more.
    expect(taken).toBeLessThan(30_000_000);
  });

  test("ends the upstream leg when the client resets", async () => {
    let isClosed = false;
    let isReached = false;
    const upstream = await serve((socket) => {
      socket.on("data", () => {
        isReached = true;
      });
      socket.on("end", () => {
        isClosed = true;
      });
    });
    const { client, ended } = await relay(portOf(upstream));
    const socket = await client();
    socket.write("hello");
    await expect.poll(() => isReached).toBe(true);
    socket.resetAndDestroy();
    await expect.poll(() => isClosed).toBe(true);
    expect(ended()).toBe(1);
  });
});
