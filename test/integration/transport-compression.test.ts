import { once } from "node:events";
import { connect, createServer } from "node:net";
import { deflateRawSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { Transport } from "../../src/proxy/transport.ts";

const server = createServer();

afterEach(async () => {
  server.close();
  if (server.listening) await once(server, "close");
});

describe("Transport", () => {
  test("delivers all that was compressed when the peer closes right behind it", async () => {
    const bytes = 32 * 1024 * 1024;
    server.on("connection", (socket) => socket.end(deflateRawSync(Buffer.alloc(bytes, "x"))));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const socket = connect(typeof address === "object" && address !== null ? address.port : 0, "127.0.0.1");
    await once(socket, "connect");
    const events: string[] = [];
    let received = 0;
    await new Promise<void>((resolve) => {
      const transport = new Transport(socket, {
        bytes: (octets) => {
          received += octets.length;
        },
        closed: (how) => events.push(`${how} behind ${received}`),
        gone: resolve,
        wrote: () => undefined,
        pressure: () => undefined,
        failed: (error) => events.push(String(error)),
      });
      transport.compress(Buffer.alloc(0));
    });
    expect(events).toEqual([`fin behind ${bytes}`]);
  });
});
