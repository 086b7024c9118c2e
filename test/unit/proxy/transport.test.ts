import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { Transport } from "../../../src/proxy/transport.ts";

test("octets that are written together stay as they were while a reader that stopped has not taken them", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const slow = await connectPair(server);
  const fast = await connectPair(server);
  slow.client.pause();
  const expected: Record<"slow" | "fast", Buffer[]> = { slow: [], fast: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, { transport }] of [
      ["slow", slow],
      ["fast", fast],
    ] as const) {
      const pieces = [1, 2, 3].map((part) => Buffer.alloc(10_000, `${name} ${round} ${part};`));
      for (const piece of pieces) transport.outbox.push(piece);
      expected[name].push(...pieces);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const [name, { client, transport }] of [
    ["slow", slow],
    ["fast", fast],
  ] as const) {
    const received: Buffer[] = [];
    client.on("data", (chunk: Buffer) => received.push(chunk));
    client.resume();
    transport.outbox.pushClose("half");
    await once(client, "end");
    expect(Buffer.concat(received).equals(Buffer.concat(expected[name]))).toBe(true);
    client.destroy();
    transport.destroy(false);
  }
  server.close();
});

/** More than the kernel takes for a reader that reads nothing. */
const ROUNDS = 500;

async function connectPair(server: ReturnType<typeof createServer>): Promise<{ client: Socket; transport: Transport }> {
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = await accepted;
  const ignore = (): void => {};
  const events = { bytes: ignore, closed: ignore, gone: ignore, wrote: ignore, pressure: ignore, failed: ignore };
  return { client, transport: new Transport(socket, events) };
}
