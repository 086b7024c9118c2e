import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createClamdEngine } from "../../../src/scan/engines/clamd/clamd-engine.ts";
import { WHOLE_MESSAGE } from "../../../src/scan/remote/remote-engine.ts";
import { noEngines } from "../../support/engine-settings.ts";
import { portOf } from "../../support/relay-proxy.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../../support/scripted-server.ts";
import { askEngine } from "./service.ts";

const servers: ScriptedServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const GREETING = "zIDSESSION\0";
const COMMAND = "zINSTREAM\0";
const STREAM = `${COMMAND}\0\0\0\x07message\0\0\0\0`;
const hello: Step[] = [{ octets: GREETING.length }];
const stream: Step = { octets: STREAM.length };

test("clamd gets the pieces of a message and the message in one session", async () => {
  const engine = await engineFor([
    ...hello,
    { octets: COMMAND.length + 13 },
    { send: "1: stream: Some.Name FO" },
    { send: "UND\0" },
    stream,
    { send: "2: stream: OK\0" },
    { end: "silence" },
  ]);
  const pieces = [{ places: [{ part: "2", path: ["a"] }], bytes: Buffer.from("piece") }];
  const { detections, reasons } = await askEngine(engine, { pieces });
  expect(reasons).toEqual([]);
  expect(detections).toEqual([{ name: "Some.Name", kind: "malware", engine: "clamd", part: "2", path: ["a"] }]);
  expect(servers[0]?.connections).toHaveLength(1);
  expect(servers[0]?.connections[0]?.received()).toBe(`${GREETING}${COMMAND}\0\0\0\x05piece\0\0\0\0${STREAM}`);
  engine.close();
});

test.each<[string, Step[], RegExp]>([
  ["answers garbage", [{ send: "HTTP/1.1 400 Bad Request\0" }], /it answered "HTTP\/1\.1 400 Bad Request"/],
  ["answers to another command", [{ send: "7: stream: OK\0" }], /to another question/],
  ["answers without end", [{ send: "1: stream: ".padEnd(10_000, "x") }], /longer than/],
  ["fails", [{ send: "1: Can't open file ERROR\0" }], /Can't open file ERROR/],
  ["leaves without an answer", [{ end: "fin" }], /closed the connection/],
  ["leaves within its answer", [{ send: "1: stream: O" }, { end: "fin" }], /closed the connection/],
  ["breaks off", [{ end: "reset" }], /ECONNRESET|closed the connection/],
  ["hangs", [{ end: "silence" }], /timeout/],
  ["reaches a limit of its own", [{ send: "1: stream: Heuristics.Limits.Exceeded FOUND\0" }], /Limits\.Exceeded/],
])("a clamd that %s makes the message incomplete", async (_name, steps, expected) => {
  const engine = await engineFor([...hello, stream, ...steps]);
  const { detections, reasons } = await askEngine(engine, {}, 500);
  expect(detections).toEqual([]);
  expect(reasons).toMatchObject([{ code: "engine", part: "", detail: expect.stringMatching(expected) }]);
  engine.close();
});

test("a clamd that answers before it has everything is not believed when it says clean", async () => {
  // Takes nothing in, so that what is sent does not get to its end.
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pause();
    socket.write("1: stream: OK\0");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const engine = clamdAt(portOf(server), 100_000_000);
  const { reasons } = await askEngine(engine, { bytes: Buffer.alloc(50_000_000) });
  expect(reasons).toMatchObject([{ detail: expect.stringContaining("before it had everything") }]);
  engine.close();
  server.close();
});

test("a clamd that refuses the length of a stream in the middle is understood", async () => {
  const pieces = [{ places: WHOLE_MESSAGE, bytes: Buffer.alloc(3_000_000) }];
  const engine = await engineFor((index) =>
    index === 0
      ? [...hello, { octets: 100_000 }, { send: "1: INSTREAM size limit exceeded. ERROR\0" }, { octets: 4_000_000 }]
      : [...hello, stream, { send: "1: stream: Some.Name FOUND\0" }, { end: "silence" }],
  );
  const { detections, reasons } = await askEngine(engine, { pieces });
  expect(reasons).toMatchObject([{ detail: expect.stringContaining("StreamMaxLength") }]);
  // What comes after it is sent in a new session.
  expect(detections).toMatchObject([{ name: "Some.Name" }]);
  engine.close();
});

test("a session that has gone stale is begun again, once", async () => {
  const engine = await engineFor((index) =>
    index === 0
      ? [...hello, stream, { send: "1: stream: OK\0" }, { octets: 1 }, { end: "fin" }]
      : [...hello, stream, { send: "1: stream: Some.Name FOUND\0" }, { octets: 1 }, { end: "fin" }],
  );
  expect((await askEngine(engine, {})).reasons).toEqual([]);
  expect((await askEngine(engine, {})).detections).toMatchObject([{ name: "Some.Name" }]);
  expect(servers[0]?.connections).toHaveLength(2);
  engine.close();
});

test.each<[string, Step[]]>([
  ["another word", [{ send: "PING\0" }]],
  ["nothing", [{ end: "silence" }]],
  ["the end", [{ end: "fin" }]],
])("probe() fails when %s comes back", async (_name, steps) => {
  const engine = await engineFor([{ octets: 6 }, ...steps]);
  await expect(engine.probe(AbortSignal.timeout(300))).rejects.toThrow();
});

test("probe() succeeds with PONG and an answer to a small stream, and fails without the one or the other", async () => {
  const ping: Step[] = [{ octets: 6 }, { send: "PONG\0" }, { end: "silence" }];
  const well = await engineFor((index) => (index === 0 ? ping : [{ octets: 60 }, { send: "1: stream: OK\0" }]));
  await expect(well.probe(AbortSignal.timeout(5_000))).resolves.toBe(undefined);
  const stuck = await engineFor((index) => (index === 0 ? ping : [{ end: "silence" }]));
  await expect(stuck.probe(AbortSignal.timeout(300))).rejects.toThrow("timeout");
});

async function engineFor(script: readonly Step[] | ((index: number) => readonly Step[])) {
  const server = await startScriptedServer(script);
  servers.push(server);
  return clamdAt(server.port);
}

function clamdAt(port: number, streamBytes = 10_000_000) {
  return createClamdEngine(`127.0.0.1:${port}`, { ...noEngines.clamd, streamBytes });
}
