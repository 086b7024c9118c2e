import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createRspamdEngine } from "../../../src/scan/engines/rspamd/rspamd-engine.ts";
import { mailWithAttachment } from "../../support/engine-mail.ts";
import {
  type EngineProcess,
  engineProblem,
  PAYLOAD,
  SIGNATURE,
  startClamd,
  startRspamd,
} from "../../support/engine-processes.ts";
import { noEngines } from "../../support/engine-settings.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../../support/scripted-server.ts";
import { askEngine, type EngineService, startEngineService } from "./service.ts";

describe("rspamd", () => {
  const problem = engineProblem("rspamd");
  let clamd: EngineProcess;
  let rspamd: EngineProcess;
  let service: EngineService;

  beforeAll(async () => {
    if (problem !== undefined) return;
    clamd = await startClamd();
    rspamd = await startRspamd(clamd);
    service = startEngineService({ rspamd: { address: rspamd.address } });
  }, 120_000);

  afterAll(async () => {
    await service?.[Symbol.asyncDispose]();
    await rspamd?.stop();
    await clamd?.stop();
  });

  test("finds what its antivirus engine knows", async ({ skip }) => {
    skip(problem !== undefined, problem);
    expect((await service.judge(mailWithAttachment("nothing"))).verdict).toEqual({
      kind: "clean",
      detections: [],
      reasons: [],
    });
    const infected = mailWithAttachment(PAYLOAD);
    const judgement = await service.judge(infected);
    expect(judgement.verdict).toEqual({
      kind: "infected",
      detections: [{ name: `CLAM_VIRUS(${SIGNATURE})`, kind: "malware", engine: "rspamd", part: "", path: [] }],
      reasons: [],
    });
    // Nobody knows in which part: the whole body goes.
    const rewritten = await service.rewrite(infected, judgement);
    expect(rewritten.includes("the first part")).toBe(false);
    expect((await service.judge(rewritten)).verdict.kind).toBe("clean");
  });

  test("whose antivirus engine is gone makes messages incomplete", { timeout: 60_000 }, async ({ skip }) => {
    skip(problem !== undefined, problem);
    clamd.signal("SIGKILL");
    const { verdict } = await service.judge(mailWithAttachment("another"));
    expect(verdict).toMatchObject({ kind: "incomplete", reasons: [{ code: "engine" }] });
    expect(verdict.reasons[0]?.detail).toMatch(/^rspamd: CLAM_VIRUS_FAIL: /);
    await clamd.restart();
  });

  test.for(["SIGSTOP", "SIGKILL"] as const)(
    "that hangs or ends (%s) makes messages incomplete, and comes back",
    { timeout: 90_000 },
    async (signal, { skip }) => {
      skip(problem !== undefined, problem);
      await using own = startEngineService({ rspamd: { address: rspamd.address, timeMs: 700 } });
      rspamd.signal(signal);
      const pending = Array.from({ length: 4 }, () => own.judge(mailWithAttachment("nothing")));
      for (const { verdict } of await Promise.all(pending)) {
        expect(verdict).toMatchObject({ kind: "incomplete", reasons: [{ code: "engine" }] });
      }
      expect(await own.logged("engine-down")).toMatchObject({ engine: "rspamd" });
      if (signal === "SIGKILL") await rspamd.restart();
      else rspamd.signal("SIGCONT");
      expect(await own.logged("engine-up")).toEqual({ engine: "rspamd" });
    },
  );
});

describe("an HTTP server in rspamd's place", () => {
  const servers: ScriptedServer[] = [];

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  test("gets the message as it is, under the path that is configured", async () => {
    const engine = await engineFor(
      [
        { expect: "POST /a/checkv2 HTTP/1.1" },
        { expect: /^Content-Length: 7$/i },
        ...Array.from({ length: 4 }, (): Step => ({ expect: /^[A-Z]|^$/i })),
        { octets: 7 },
        ...answer('{"symbols":{"CLAM_VIRUS":{"options":["Some.Name"]}}}'),
      ],
      "/a/",
    );
    expect((await askEngine(engine, {})).detections).toMatchObject([{ name: "CLAM_VIRUS(Some.Name)", part: "" }]);
    expect(servers[0]?.connections[0]?.received().endsWith("\r\n\r\nmessage")).toBe(true);
    engine.close();
  });

  test.each<[string, Step[], RegExp]>([
    ["skips the message", answer('{"symbols":{},"is_skipped":true}'), /skipped the message/],
    ["refuses it", answer('{"error":"too large"}', "500 Error"), /too large/],
    ["answers garbage", answer("<html>"), /not the JSON/],
    ["answers no HTTP", [{ send: "220 mail.example.org ESMTP\r\n" }], /./],
    [
      "answers without end",
      [{ send: `HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n${"x".repeat(5_000_000)}` }],
      /longer than/,
    ],
    ["leaves", [{ end: "fin" }], /./],
    ["breaks off in its answer", [{ send: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{" }, { end: "reset" }], /./],
    ["hangs", [{ end: "silence" }], /./],
  ])("that %s makes the message incomplete", async (_name, steps, expected) => {
    const engine = await engineFor([{ octets: 100 }, ...steps]);
    const { detections, reasons } = await askEngine(engine, {}, 1_000);
    expect(detections).toEqual([]);
    expect(reasons).toMatchObject([{ code: "engine", detail: expect.stringMatching(expected) }]);
    engine.close();
  });

  test("that has closed a kept connection is asked again", async () => {
    const engine = await engineFor((index) =>
      index === 0
        ? [{ octets: 100 }, ...answer('{"symbols":{}}'), { octets: 1 }, { end: "reset" }]
        : [{ octets: 100 }, ...answer('{"symbols":{"VIRUS":{}}}')],
    );
    expect((await askEngine(engine, {})).reasons).toEqual([]);
    expect((await askEngine(engine, {})).detections).toMatchObject([{ name: "VIRUS" }]);
    engine.close();
  });

  async function engineFor(script: readonly Step[] | ((index: number) => readonly Step[]), path = "") {
    const server = await startScriptedServer(script);
    servers.push(server);
    const settings = { ...noEngines.rspamd, malware: ["VIRUS", "*_VIRUS"] };
    return createRspamdEngine(`http://127.0.0.1:${server.port}${path}`, settings);
  }
});

function answer(body: string, status = "200 OK"): Step[] {
  return [{ send: `HTTP/1.1 ${status}\r\nConnection: keep-alive\r\nContent-Length: ${body.length}\r\n\r\n${body}` }];
}
