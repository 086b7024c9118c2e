import { connect as connectTls, type TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { type Credentials, createAuthority, selfSigned } from "../../support/certificates.ts";
import { LineClient } from "../../support/mail-client.ts";
import { startScriptedServer } from "../../support/scripted-server.ts";

describe("startScriptedServer()", () => {
  test("plays a dialogue and says when it is through", async () => {
    const server = await startScriptedServer([
      { send: "+OK ready\r\n" },
      { expect: "USER ann" },
      { send: "+OK\r\n" },
      { expect: /^PASS / },
      { octets: 3 },
      { end: "fin" },
    ]);
    const client = await LineClient.connect(server.port);
    expect(await client.line()).toBe("+OK ready");
    expect(await client.ask("USER ann")).toBe("+OK");
    client.send("PASS secret\r\nabc");
    await client.closed();
    const connection = await server.connection(0);
    await connection.played;
    expect(connection.received()).toBe("USER ann\r\nPASS secret\r\nabc\r\n");
    await server.close();
  });

  test("fails when the peer says something else or leaves", async () => {
    const server = await startScriptedServer([{ expect: "QUIT" }]);
    const wrong = await LineClient.connect(server.port);
    wrong.send("NOOP");
    await wrong.closed();
    await expect((await server.connection(0)).played).rejects.toThrow("expected");
    const short = await LineClient.connect(server.port);
    short.close();
    await expect((await server.connection(1)).played).rejects.toThrow("left");
    await server.close();
  });

  test("resets, stays silent, and waits for the test", async () => {
    let go: () => void = () => undefined;
    const signal = new Promise<void>((resolve) => {
      go = resolve;
    });
    const server = await startScriptedServer((index) =>
      index === 0 ? [{ end: "reset" }] : [{ until: signal }, { send: "now\r\n" }, { end: "silence" }],
    );
    const first = await LineClient.connect(server.port);
    expect(await first.line()).toBeUndefined();
    const second = await LineClient.connect(server.port);
    go();
    expect(await second.line()).toBe("now");
    second.close();
    await server.close();
  });

  test("speaks TLS from the start or after a line", async () => {
    const authority = createAuthority();
    const credentials = authority.issue();
    const implicit = await startScriptedServer([{ send: "hello\r\n" }, { end: "fin" }], { tls: credentials });
    expect(await handshake(implicit.port, authority.certificate)).toBe(true);
    await implicit.close();

    const later = await startScriptedServer([{ startTls: credentials }, { expect: "inside" }, { end: "fin" }]);
    const socket = connectTls({ port: later.port, host: "127.0.0.1", ca: authority.certificate });
    socket.on("error", () => undefined);
    socket.write("inside\r\n");
    await (await later.connection(0)).played;
    await later.close();
  });
});

describe("createAuthority()", () => {
  const authority = createAuthority();

  test("vouches for its good certificates alone", async () => {
    const verdicts = new Map<string, boolean | string>();
    const cases: readonly (readonly [string, Credentials])[] = [
      ["good", authority.issue()],
      ["expired", authority.issue({ validity: "expired" })],
      ["not yet valid", authority.issue({ validity: "not-yet-valid" })],
      ["another host", authority.issue({ hosts: ["mail.example.org", "192.0.2.1"] })],
      ["another authority", createAuthority().issue()],
      ["self-signed", selfSigned()],
    ];
    for (const [name, credentials] of cases) {
      const server = await startScriptedServer([{ send: "x" }, { end: "silence" }], { tls: credentials });
      verdicts.set(name, await handshake(server.port, authority.certificate));
      await server.close();
    }
    expect(Object.fromEntries(verdicts)).toEqual({
      good: true,
      expired: "CERT_HAS_EXPIRED",
      "not yet valid": "CERT_NOT_YET_VALID",
      "another host": "ERR_TLS_CERT_ALTNAME_INVALID",
      "another authority": expect.stringMatching(/SIGNATURE|ISSUER/),
      "self-signed": "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
  });
});

/** True, or the code of the error that ended it. */
function handshake(port: number, ca: string): Promise<boolean | string> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connectTls({ port, host: "127.0.0.1", ca }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
