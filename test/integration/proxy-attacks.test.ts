import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MIB } from "../../src/core/limits.ts";
import { type ProxyProcess, startProxyProcess } from "../support/proxy-process.ts";
import { type Answer, StormClient, type StormServer, startStormServer } from "../support/storm-server.ts";

/** The octets on their way must have come to where they are counted. */
const SENT_BYTES = 2 * MIB;

describe.skipIf(process.platform !== "linux")("the proxy and sizes that somebody says", () => {
  let [server, proxy]: [StormServer | undefined, ProxyProcess | undefined] = [undefined, undefined];
  let answer: Answer = () => undefined;

  beforeAll(async () => {
    server = await startStormServer((line, socket) => answer(line, socket));
    proxy = await startProxyProcess(server.port);
    // What is loaded and compiled by the first message is nobody's attack.
    const [tag, message] = ["w", `A: b\r\n\r\n${"x".repeat(100_000)}`];
    answer = (line) =>
      line.startsWith(tag) ? `* 1 FETCH (BODY[] {${message.length}}\r\n${message})\r\nw OK\r\n` : undefined;
    const warm = await login();
    warm.say("w FETCH 1 BODY[]\r\n");
    expect(await warm.gets("w OK")).toBe(true);
    warm.socket.destroy();
    answer = () => undefined;
  });

  afterAll(async () => {
    await proxy?.close();
    server?.close();
  });

  async function login(): Promise<StormClient> {
    return new StormClient(proxy?.port ?? 0).login();
  }

  /** What `attack` makes the proxy take, in octets; it gives true once what it has sent has arrived. */
  async function growth(attack: () => Promise<unknown>): Promise<{ rss: number; used: number }> {
    if (proxy === undefined) throw new Error("no proxy");
    const before = await proxy.memory();
    await attack();
    const after = await proxy.memory();
    expect(proxy.isRunning()).toBe(true);
    return { rss: after.rss - before.rss, used: after.used - before.used };
  }

  test.each(["99999999999", "4294967296", "9007199254740991"])(
    "P-30 takes no memory for a message of {%s} octets that an upstream announces, and P-31 delivers none of it",
    async (size) => {
      const client = await login();
      const begun = Buffer.concat([Buffer.from(`* 1 FETCH (BODY[] {${size}}\r\n`), Buffer.alloc(SENT_BYTES, "~")]);
      answer = (line) => (line.startsWith("a ") ? begun : undefined);
      const { rss, used } = await growth(async () => {
        client.say("a FETCH 1 BODY[]\r\n");
        await arrival(client);
      });
      expect(used).toBeLessThan(SENT_BYTES + 2 * MIB);
      expect(rss).toBeLessThan(16 * MIB);
      for (const socket of server?.sockets ?? []) socket.end();
      await client.closed();
      expect(client.received).not.toContain("~");
      expect(client.received).toMatch(/\* BYE [^\r]*\r\n$/);
    },
  );

  test("P-30 takes no memory for a literal that a client announces", async () => {
    const [client, other] = [await login(), await login()];
    const { rss, used } = await growth(async () => {
      client.say("a APPEND inbox {9007199254740991+}\r\n").say(Buffer.alloc(SENT_BYTES, "~"));
      await arrival(other);
    });
    expect(used).toBeLessThan(2 * MIB);
    expect(rss).toBeLessThan(16 * MIB);
    client.socket.destroy();
  });

  test("P-37 ends a client that sends 10 MB without a line end, before and after login", async () => {
    const fresh = new StormClient(proxy?.port ?? 0);
    await fresh.gets("ready");
    const { rss } = await growth(async () => {
      for (const client of [fresh, await login()]) {
        client.say(Buffer.alloc(10_000_000, "a"));
        await client.closed();
      }
    });
    expect(rss).toBeLessThan(16 * MIB);
    expect(await (await login()).gets("l OK")).toBe(true);
  });

  test("P-37 passes a response line of 8 MB, and ends on one of 20 MB", async () => {
    const client = await login();
    const long = `* SEARCH ${"1234567 ".repeat(1_000_000)}\r\na OK\r\n`;
    answer = (line) => (line.startsWith("a ") ? long : undefined);
    client.say("a SEARCH ALL\r\n");
    expect(await client.gets("a OK")).toBe(true);
    expect(client.received.length).toBeGreaterThan(8_000_000);
    answer = (line) => (line.startsWith("b ") ? Buffer.alloc(20_000_000, "* SEARCH 1 ") : undefined);
    const before = client.received.length;
    const { rss } = await growth(async () => {
      client.say("b SEARCH ALL\r\n");
      await client.closed();
    });
    expect(client.received.slice(before)).toMatch(/^\* BYE [^\r]*\r\n$/);
    expect(rss).toBeLessThan(2 * 16 * MIB);
  });

  /** By the answer to another command that the proxy has read on, and so has had the time. */
  async function arrival(client: StormClient): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      const probe = await login();
      probe.socket.destroy();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(client.isClosed).toBe(false);
  }
});
