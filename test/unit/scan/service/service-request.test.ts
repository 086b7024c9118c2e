import { expect, test } from "vitest";
import { serviceLimits } from "../../../../src/core/scan-limits.ts";
import {
  encodeRequest,
  encodeStart,
  parseRequest,
  parseStart,
  type ServiceStart,
} from "../../../../src/scan/service-request.ts";
import { noEngines, signatureFiles } from "../../../support/engine-settings.ts";

const CONTEXT = { protocol: "imap", upstream: "imap.example.org", account: "ann", date: "today" };
const START: ServiceStart = {
  scan: {
    messageBytes: 1,
    archiveBytes: 2,
    messageArchiveBytes: 3,
    depth: 4,
    entries: 5,
    parts: 6,
    ratio: 0.5,
    timeMs: 7,
  },
  threads: 1,
  engines: signatureFiles("/var/lib/example/a.hdb"),
  passwordFile: "/etc/example/passwords",
  remembersParts: true,
  cacheDirectory: "/var/cache/example",
  lastGood: "ab",
};

test("parseStart() gives back what encodeStart() was given", () => {
  expect(parseStart(Buffer.from(encodeStart(START)))).toEqual(START);
});

test.each([
  ["no threads", { threads: 0 }],
  ["a list that is no path", { engines: { ...noEngines, signatures: { files: [1] } } }],
  ["no options", { scan: null }],
  ["a negative cap", { scan: { ...START.scan, depth: -1 } }],
  ["a cap that is not a number", { scan: { ...START.scan, timeMs: Number.NaN } }],
  ["a cache directory that is no path", { cacheDirectory: 1 }],
  ["a word where yes or no belongs", { remembersParts: "yes" }],
  ["a ratio of zero", { scan: { ...START.scan, ratio: 0 } }],
])("parseStart() refuses %s", (_name, change) => {
  expect(parseStart(Buffer.from(JSON.stringify({ ...START, ...change })))).toBeUndefined();
});

test("parseRequest() gives back what encodeRequest() was given", () => {
  const judge = { kind: "judge", bytes: 5 } as const;
  const rewrite = { kind: "rewrite", bytes: 5, rewrite: { context: CONTEXT, remove: ["infected"] } } as const;
  const known = {
    detections: [{ name: "A", kind: "malware", engine: "clamd", part: "2", path: ["a.zip"] }],
    incomplete: ["yara"],
  } as const;
  const told = { kind: "rewrite", bytes: 5, rewrite: { context: CONTEXT, remove: ["infected"], known } } as const;
  expect(parseRequest("rewrite", Buffer.from(encodeRequest(told)), 5)).toEqual(told);
  const describe = { kind: "describe", bytes: 5 } as const;
  const all = { kind: "rewrite", bytes: 5, rewrite: { context: CONTEXT } } as const;
  expect(parseRequest("judge", Buffer.from(encodeRequest(judge)), 5)).toEqual(judge);
  expect(parseRequest("describe", Buffer.from(encodeRequest(describe)), 5)).toEqual(describe);
  expect(parseRequest("rewrite", Buffer.from(encodeRequest(rewrite)), 5)).toEqual(rewrite);
  expect(parseRequest("rewrite", Buffer.from(encodeRequest(all)), 5)).toEqual(all);
  for (const want of ["map", "structure", "preview", "base64", "quoted-printable"] as const) {
    const sections = { kind: "sections", bytes: 5, want } as const;
    expect(parseRequest("sections", Buffer.from(encodeRequest(sections)), 5)).toEqual(sections);
  }
  for (const want of ['"x"', "1", "null", '["map"]']) {
    expect(parseRequest("sections", Buffer.from(`{"bytes":5,"want":${want}}`), 5)).toBeUndefined();
  }
});

test("encodeRequest() cuts the texts of a context", () => {
  const json = encodeRequest({
    kind: "rewrite",
    bytes: 5,
    rewrite: { context: { ...CONTEXT, account: "a".repeat(100_000) } },
  });
  expect(Buffer.byteLength(json)).toBeLessThan(serviceLimits.controlBytes);
  expect(parseRequest("rewrite", Buffer.from(json), 5)).toMatchObject({
    rewrite: { context: { account: "a".repeat(serviceLimits.textCharacters) } },
  });
});

test.each([
  ["above the limit", "judge", { bytes: 6 }],
  ["negative", "judge", { bytes: -1 }],
  ["of no length", "judge", {}],
  ["without a context", "rewrite", { bytes: 5 }],
  ["with a class that is none", "rewrite", { bytes: 5, context: CONTEXT, remove: ["clean"] }],
  ["with known findings that are none", "rewrite", { bytes: 5, context: CONTEXT, known: { detections: [{}] } }],
  ["with half a context", "rewrite", { bytes: 5, context: { ...CONTEXT, date: 1 } }],
] as const)("parseRequest() refuses a message %s", (_name, kind, value) => {
  expect(parseRequest(kind, Buffer.from(JSON.stringify(value)), 5)).toBeUndefined();
});

test("parseRequest() refuses what is not JSON", () => {
  expect(parseRequest("judge", Buffer.from("bytes: 5"), 5)).toBeUndefined();
});
