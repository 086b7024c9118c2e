import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createIcapEngine } from "../../../src/scan/engines/icap/icap-engine.ts";
import type { RemoteFindings } from "../../../src/scan/remote/remote-findings.ts";
import { mailWithAttachment, noise } from "../../support/engine-mail.ts";
import {
  type EngineProcess,
  engineProblem,
  PAYLOAD,
  SIGNATURE,
  startCIcap,
  startClamd,
} from "../../support/engine-processes.ts";
import { portOf } from "../../support/relay-proxy.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../../support/scripted-server.ts";
import { askEngine, type EngineService, startEngineService } from "./service.ts";

describe("c-icap", () => {
  const problem = engineProblem("icap");
  let clamd: EngineProcess;
  let icap: EngineProcess;
  let service: EngineService;

  beforeAll(async () => {
    if (problem !== undefined) return;
    clamd = await startClamd();
    icap = await startCIcap(clamd);
    service = startEngineService({ icap: { address: icap.address, timeMs: 5_000 } });
  }, 90_000);

  afterAll(async () => {
    await service?.[Symbol.asyncDispose]();
    await icap?.stop();
    await clamd?.stop();
  });

  test("finds what its antivirus knows, behind the preview too", async ({ skip }) => {
    skip(problem !== undefined, problem);
    expect((await service.judge(mailWithAttachment("nothing"))).verdict.kind).toBe("clean");
    expect((await service.judge(mailWithAttachment(noise(400_000)))).verdict.kind).toBe("clean");
    const detections = [{ name: SIGNATURE, kind: "malware", engine: "icap", part: "2", path: ["a.bin"] }];
    for (const content of [PAYLOAD, Buffer.concat([noise(400_000), Buffer.from(PAYLOAD), noise(300_000)])]) {
      const { verdict } = await service.judge(mailWithAttachment(content));
      expect(verdict).toEqual({ kind: "infected", detections, reasons: [] });
    }
  });

  test("has its findings taken out of a message, and nothing else", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const infected = mailWithAttachment(PAYLOAD);
    const rewritten = await service.rewrite(infected, await service.judge(infected));
    expect(rewritten.includes("the first part")).toBe(true);
    expect((await service.judge(rewritten)).verdict.kind).toBe("clean");
  });

  test("with a service that sends everything back finds nothing", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const engine = createIcapEngine(icap.address.replace("avscan", "echo"));
    for (const bytes of [Buffer.from("small"), noise(600_000)]) {
      const { detections, reasons } = await askEngine(engine, { bytes });
      expect([detections, reasons]).toEqual([[], []]);
    }
    engine.close();
  });

  test("without the service that is asked for says so", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const engine = createIcapEngine(icap.address.replace("avscan", "none"));
    expect(reasonsOf(await askEngine(engine, {}))).toMatch(/it answered 404/);
    await expect(engine.probe(AbortSignal.timeout(5_000))).rejects.toThrow("404");
  });

  test.for(["SIGSTOP", "SIGKILL"] as const)(
    "that hangs or ends (%s) makes messages incomplete, and comes back",
    { timeout: 60_000 },
    async (signal, { skip }) => {
      skip(problem !== undefined, problem);
      await using own = startEngineService({ icap: { address: icap.address, timeMs: 700 } });
      expect((await own.judge(mailWithAttachment(PAYLOAD))).verdict.kind).toBe("infected");
      icap.signal(signal);
      const pending = Array.from({ length: 4 }, () => own.judge(mailWithAttachment(noise(300_000))));
      for (const { verdict } of await Promise.all(pending)) {
        expect(verdict).toMatchObject({ kind: "incomplete", reasons: [{ code: "engine" }] });
      }
      expect(await own.logged("engine-down")).toMatchObject({ engine: "icap" });
      if (signal === "SIGKILL") await icap.restart();
      else icap.signal("SIGCONT");
      expect(await own.logged("engine-up")).toEqual({ engine: "icap" });
      expect((await own.judge(mailWithAttachment(PAYLOAD))).verdict.kind).toBe("infected");
    },
  );
});

describe("an ICAP service", () => {
  const servers: ScriptedServer[] = [];

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  const OPTIONS = ["OPTIONS icap://127.0.0.1:", "Host: 127.0.0.1:", "Encapsulated: null-body=0", ""];
  const options: Step[] = OPTIONS.map((line) => ({ expect: new RegExp(`^${line}`) }));
  const offer = (fields: string): Step => ({
    send: `ICAP/1.0 200 OK\r\n${fields}\r\nEncapsulated: null-body=0\r\n\r\n`,
  });
  const REQUEST = "GET http://mail.invalid/content HTTP/1.1\r\nHost: mail.invalid\r\n\r\n";
  const RESPONSE = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 7\r\n\r\n";
  const HTTP = "HTTP/1.1 200 OK\r\n\r\n";
  const echo = "7\r\nmessage\r\n0\r\n\r\n";

  test("without a preview gets everything at once, and 204 is clean", async () => {
    const port = await serve([
      ...options,
      offer("Methods: RESPMOD"),
      { expect: /^RESPMOD icap:\/\/127\.0\.0\.1:\d+\/scan\?x=1 ICAP\/1\.0$/ },
      { expect: /^Host: / },
      { expect: "Allow: 204" },
      { expect: `Encapsulated: req-hdr=0, res-hdr=${REQUEST.length}, res-body=${REQUEST.length + RESPONSE.length}` },
      { expect: "" },
      ...`${REQUEST}${RESPONSE}`
        .split("\r\n")
        .slice(0, -1)
        .map((line): Step => ({ expect: line })),
      { expect: "7" },
      { expect: "message" },
      { expect: "0" },
      { expect: "" },
      { send: "ICAP/1.0 204 Unmodified\r\n\r\n" },
      { end: "silence" },
    ]);
    const { detections, reasons } = await ask(port);
    expect([detections, reasons]).toEqual([[], []]);
    await expect(servers[0]?.connections[0]?.played).resolves.toBe(undefined);
  });

  test("that offers uploads alone is shown an upload", async () => {
    const port = await serve([
      ...options,
      offer("Methods: REQMOD\r\nPreview: 4\r\nAllow: 204"),
      { expect: /^REQMOD / },
      { expect: /^Host: / },
      { expect: "Allow: 204" },
      { expect: "Preview: 4" },
      { expect: /^Encapsulated: req-hdr=0, req-body=\d+$/ },
      { expect: "" },
      { expect: "POST http://mail.invalid/content HTTP/1.1" },
      ...Array.from({ length: 4 }, (): Step => ({ expect: /^(?:Host|Content-)|^$/ })),
      { expect: "4" },
      { expect: "mess" },
      { expect: "0" },
      { expect: "" },
      { send: "ICAP/1.0 100 Continue\r\n\r\n" },
      { expect: "3" },
      { expect: "age" },
      { expect: "0" },
      { expect: "" },
      { send: `ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=${HTTP.length}\r\n\r\n${HTTP}${echo}` },
      { end: "silence" },
    ]);
    // An answer in the place of the request, whatever is in it.
    expect(await found(port)).toEqual(["Blocked malware"]);
  });

  test.each<[string, string, string[]]>([
    ["what was sent, with another header", `Encapsulated: res-hdr=0, res-body=19\r\n\r\n${HTTP}${echo}`, []],
    ["what was sent, without a header", `Encapsulated: res-body=0\r\n\r\n${echo}`, []],
    ["what was sent, in pieces", `Encapsulated: res-body=0\r\n\r\n3;x=y\r\nmes\r\n4\r\nsage\r\n0\r\nX: y\r\n\r\n`, []],
    ["other octets", `Encapsulated: res-body=0\r\n\r\n7\r\nmessagE\r\n0\r\n\r\n`, ["Blocked malware"]],
    ["fewer octets", `Encapsulated: res-body=0\r\n\r\n6\r\nmessag\r\n0\r\n\r\n`, ["Blocked malware"]],
    ["more octets", `Encapsulated: res-body=0\r\n\r\n8\r\nmessages\r\n0\r\n\r\n`, ["Blocked malware"]],
    ["nothing", "Encapsulated: null-body=0\r\n\r\n", ["Blocked malware"]],
    [
      "a refusal",
      `Encapsulated: res-hdr=0, res-body=26\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n${echo}`,
      ["Blocked malware"],
    ],
    ["a virus's name", `X-Virus-ID: Some.Name\r\nEncapsulated: null-body=0\r\n\r\n`, ["Some.Name malware"]],
    [
      "a violation",
      `X-Violations-Found: 1\r\n\ta.zip\r\n\tSome.Name\r\n\t0\r\n\t2\r\nEncapsulated: null-body=0\r\n\r\n`,
      ["Some.Name malware"],
    ],
    [
      "a policy's violation",
      "X-Infection-Found: Type=1; Resolution=1; Threat=No;\r\nEncapsulated: null-body=0\r\n\r\n",
      ["No policy"],
    ],
  ])("that sends back %s", async (_name, answer, expected) => {
    const port = await serve([
      ...options,
      offer("Methods: RESPMOD"),
      { octets: 200 },
      { send: `ICAP/1.0 200 OK\r\n${answer}` },
    ]);
    expect(await found(port)).toEqual(expected);
  });

  test.each<[string, Step[], RegExp]>([
    ["answers garbage", [{ send: "HTTP/1.1 200 OK\r\n\r\n" }], /no ICAP/],
    ["answers without end", [{ send: `ICAP/1.0 200 OK\r\nX: ${"x".repeat(100_000)}` }], /longer than/],
    ["fails", [{ send: "ICAP/1.0 500 Server error\r\n\r\n" }], /500 "Server error"/],
    ["leaves", [{ end: "fin" }], /closed the connection/],
    ["breaks off", [{ end: "reset" }], /ECONNRESET|closed the connection/],
    [
      "breaks off in its answer",
      [{ send: "ICAP/1.0 200 OK\r\nEncapsulated: res-body=0\r\n\r\n7\r\nmes" }, { end: "fin" }],
      /closed/,
    ],
    ["does not chunk", [{ send: "ICAP/1.0 200 OK\r\nEncapsulated: res-body=0\r\n\r\nxyz\r\n" }], /not chunked/],
    [
      "sends a page without end",
      [{ send: "ICAP/1.0 200 OK\r\nEncapsulated: res-body=0\r\n\r\nfffffff\r\n" }],
      /longer than/,
    ],
    ["has impossible offsets", [{ send: "ICAP/1.0 200 OK\r\nEncapsulated: res-body=9999999\r\n\r\n" }], /Encapsulated/],
    ["hangs", [{ end: "silence" }], /timeout/],
  ])("that %s makes the message incomplete", async (_name, steps, expected) => {
    const port = await serve([...options, offer("Methods: RESPMOD"), { octets: 200 }, ...steps]);
    const findings = await ask(port, 500);
    expect(findings.detections).toEqual([]);
    expect(reasonsOf(findings)).toMatch(expected);
  });

  test("is understood however its answer is cut", async () => {
    const answers = [
      "ICAP/1.0 200 OK\r\nMethods: RESPMOD\r\nPreview: 0\r\nEncapsulated: opt-body=0\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      "ICAP/1.0 100 Continue\r\n\r\n",
      `ICAP/1.0 200 OK\r\nX-Virus-ID: One\r\nEncapsulated: res-hdr=0, res-body=${HTTP.length}\r\n\r\n${HTTP}${echo}`,
    ];
    for (const cutBytes of [1, 7, 1_000]) {
      const socket = createServer((peer) => {
        peer.setNoDelay(true);
        peer.on("error", () => undefined);
        const waiting = [...answers];
        // One answer for each time that something comes and then nothing more.
        peer.on("data", () => {
          const answer = waiting.shift() ?? "";
          void sendCut(peer, answer, cutBytes);
        });
      }).listen(0, "127.0.0.1");
      await once(socket, "listening");
      expect(await found(portOf(socket))).toEqual(["One malware"]);
      socket.close();
    }
  });

  test("whose connection has gone stale is asked again on a new one", async () => {
    const clean: Step = { send: "ICAP/1.0 204 Unmodified\r\n\r\n" };
    const gone = Promise.withResolvers<void>();
    const port = await serve((index) =>
      index === 0
        ? [...options, offer("Methods: RESPMOD"), { octets: 200 }, clean, { octets: 1 }, { end: "fin" }]
        : [{ octets: 200 }, clean, { until: gone.promise }],
    );
    const engine = createIcapEngine(`icap://127.0.0.1:${port}/scan?x=1`);
    for (let count = 0; count < 2; count += 1) expect(reasonsOf(await askEngine(engine, {}))).toBe("");
    expect(servers[0]?.connections).toHaveLength(2);
    gone.resolve();
    engine.close();
  });

  async function serve(script: readonly Step[] | ((index: number) => readonly Step[])): Promise<number> {
    const server = await startScriptedServer(script);
    servers.push(server);
    return server.port;
  }

  async function ask(port: number, timeMs?: number): Promise<RemoteFindings> {
    const engine = createIcapEngine(`icap://127.0.0.1:${port}/scan?x=1`);
    try {
      return await askEngine(engine, {}, timeMs);
    } finally {
      engine.close();
    }
  }

  async function found(port: number): Promise<string[]> {
    const { detections, reasons } = await ask(port);
    expect(reasons).toEqual([]);
    return detections.map(({ name, kind }) => `${name} ${kind}`);
  }
});

function reasonsOf({ reasons }: RemoteFindings): string {
  return reasons.map(({ detail }) => detail).join("\n");
}

async function sendCut(socket: Socket, text: string, cutBytes: number): Promise<void> {
  for (let start = 0; start < text.length; start += cutBytes) {
    socket.write(text.slice(start, start + cutBytes));
    await nextTurn();
  }
}
