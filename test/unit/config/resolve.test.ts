import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../src/config/defaults.ts";
import { type Layer, readFileLayer, readValueLayer } from "../../../src/config/layer.ts";
import { findContradictions, resolveLayers, toSettings, writtenValue } from "../../../src/config/resolve.ts";
import { KEY_NAMES, leafOf } from "../../../src/config/schema.ts";
import { environmentName, keyOfEnvironmentName, typedValue } from "../../../src/config/typed-value.ts";
import { spoolLimits } from "../../../src/core/limits.ts";
import { scanLimits } from "../../../src/core/scan-limits.ts";

const base = { directory: "/", home: undefined };

function layer(text: string, origin: "system" | "user" = "user"): Layer {
  const read = readFileLayer(text, origin, origin, base);
  if (read.type === "invalid") throw new Error(JSON.stringify(read.problems));
  return read.layer;
}

describe("every key", () => {
  test.each(KEY_NAMES)("%s has a default that it accepts, a description and what is accepted", (key) => {
    const leaf = leafOf(key);
    const value = leaf.type.parse(leaf.fallback);
    expect(leaf.write(value)).toEqual(leaf.fallback);
    expect(leaf.description).toMatch(/^[A-Z].*\.$/s);
    expect(leaf.accepts).not.toBe("");
  });

  test.each(KEY_NAMES)("%s has an environment variable of its own", (key) => {
    expect(environmentName(key)).toMatch(/^MAILWARD_[A-Z0-9_]+$/);
    expect(keyOfEnvironmentName(environmentName(key))).toBe(key);
  });
});

describe("defaultSettings()", () => {
  test("are unprivileged, on loopback, and those of the specification", () => {
    const settings = defaultSettings();
    expect(settings.listen).toEqual({ pop3: ["127.0.0.1:1110"], imap: ["127.0.0.1:1143"] });
    expect(settings.actions).toEqual({ infected: "clean", suspicious: "clean", incomplete: "pass" });
    expect(settings.ports).toEqual({ imap: [143], imaps: [993, 585], pop3: [110], pop3s: [995] });
    expect(settings.scan).toMatchObject({
      messageBytes: scanLimits.messageBytes,
      archiveBytes: 30 * 1024 * 1024,
      messageArchiveBytes: 100 * 1024 * 1024,
      depth: 10,
      entries: 10_000,
      ratio: 1_000,
      timeMs: 120_000,
    });
    expect(settings.spool).toEqual({
      memoryBytesPerMessage: spoolLimits.memoryBytesPerMessage,
      memoryBytesTotal: spoolLimits.memoryBytesTotal,
      diskBytesTotal: spoolLimits.diskBytesTotal,
    });
    expect(settings.upstream).toEqual({ caFile: undefined, connectTimeoutMs: 10_000, allowPrivate: false });
    expect(settings.exclude).toEqual({ ip: [], host: [] });
    expect(settings.delivery).toEqual({ mode: "hold", keepAliveMs: 10_000 });
  });
});

describe("resolveLayers()", () => {
  test("takes each key from the strongest source that has it", () => {
    const system = layer('{"scan":{"depth":2,"entries":20,"ratio":200}}', "system");
    const user = layer('{"scan":{"depth":3,"entries":30}}');
    const flags = readValueLayer(new Map([["scan.depth", 4]]), "flag", () => "the command line", base);
    if (flags.type === "invalid") throw new Error("flags are refused");
    const { values, origins } = resolveLayers([system, user, flags.layer]);
    expect(toSettings(values).scan).toMatchObject({ depth: 4, entries: 30, ratio: 200, threads: 0 });
    expect(origins["scan.depth"]).toEqual({ origin: "flag", place: "the command line" });
    expect(origins["scan.entries"]).toEqual({ origin: "user", place: "user:1:30" });
    expect(origins["scan.ratio"]).toEqual({ origin: "system", place: "system:1:41" });
    expect(origins["scan.threads"]).toEqual({ origin: "default", place: "default" });
  });

  test("lets a stronger source take a value back to none", () => {
    const resolved = resolveLayers([
      layer('{"upstream":{"caFile":"/ca.pem"},"exclude":{"ip":["10.0.0.1"]}}', "system"),
      layer('{"upstream":{"caFile":null},"exclude":{"ip":[]}}'),
    ]);
    expect(toSettings(resolved.values).upstream.caFile).toBeUndefined();
    expect(writtenValue(resolved.values, "upstream.caFile")).toBeNull();
    expect(writtenValue(resolved.values, "exclude.ip")).toEqual([]);
  });
});

describe("findContradictions()", () => {
  function problems(text: string): string[] {
    return findContradictions(resolveLayers([layer(text)])).map((problem) => `${problem.place}: ${problem.text}`);
  }

  test("finds a port in two lists, also against a default", () => {
    expect(problems('{"ports":{"imap":[143,995]}}')).toEqual([
      'user:1:18: port 995 is in "ports.imap" and in "ports.pop3s"; a port belongs to one protocol',
    ]);
    expect(problems('{"ports":{"imap":[995],"pop3s":[]}}')).toEqual([]);
  });

  test("finds two listeners in one place, but not on ports that the system chooses", () => {
    expect(problems('{"listen":{"pop3":["127.0.0.1:1143"]}}')).toEqual([
      'user:1:19: "listen.pop3" and "listen.imap" both listen on 127.0.0.1:1143',
    ]);
    expect(problems('{"forward":["[::1]:99=imap://a.example","[::1]:99=imap://b.example"]}')).toHaveLength(1);
    expect(problems('{"listen":{"pop3":["127.0.0.1:0"],"imap":["127.0.0.1:0"]}}')).toEqual([]);
  });

  test("finds two databases that would be one file", () => {
    const sources = (...urls: string[]): string => JSON.stringify({ signatures: { sources: urls } });
    expect(problems(sources("https://a.example/own.hdb", "https://b.example/x/OWN.hdb.gz"))).toEqual([
      'user:1:26: "signatures.sources" has two called own.hdb; #name=… names one of them otherwise',
    ]);
    expect(problems(sources("https://a.example/own.hdb", "https://b.example/own.hdb#name=b.hdb"))).toEqual([]);
  });

  test("finds a spool that can not hold what it should", () => {
    expect(problems('{"spool":{"memoryPerMessage":"1 GiB"}}')).toEqual([
      'user:1:30: "spool.memoryPerMessage" is more than "spool.memory" has for all messages',
    ]);
  });
});

describe("typedValue()", () => {
  test("turns what was typed into the file's form", () => {
    expect(typedValue("ports.imap", "143, 1143")).toEqual([143, 1143]);
    expect(typedValue("ports.imap", ["143", "1143,2143"])).toEqual([143, 1143, 2143]);
    expect(typedValue("ports.imap", "[143]")).toEqual([143]);
    expect(typedValue("exclude.ip", '["10.0.0.1"]')).toEqual(["10.0.0.1"]);
    expect(typedValue("listen.imap", "[::1]:1143")).toEqual(["[::1]:1143"]);
    expect(typedValue("listen.imap", "off")).toEqual([]);
    expect(typedValue("listen.pop3", ["OFF"])).toEqual([]);
    expect(typedValue("listen.imap", "[]")).toEqual([]);
    expect(typedValue("scan.archiveSize", "50MB")).toBe("50MB");
    expect(typedValue("scan.archiveSize", ["50", "MB"])).toBe("50 MB");
    expect(typedValue("scan.archiveSize", "1024")).toBe(1024);
    expect(typedValue("upstream.allowPrivate", "YES")).toBe(true);
    expect(typedValue("upstream.allowPrivate", "off")).toBe(false);
    expect(typedValue("upstream.caFile", "null")).toBeNull();
    expect(typedValue("log.level", "debug")).toBe("debug");
  });

  test("leaves what fits no form for the check to refuse", () => {
    expect(typedValue("ports.imap", "0143")).toEqual(["0143"]);
    expect(typedValue("ports.imap", "[[1]]")).toEqual(["[[1]]"]);
    expect(typedValue("ports.imap", `${"[".repeat(50_000)}`)).toEqual(["[".repeat(50_000)]);
    for (const empty of ["", " ", ",", [""], ["", ""]]) {
      expect([empty, new Set(typedValue("listen.imap", empty) as string[])]).toEqual([empty, new Set([""])]);
      expect([empty, new Set(typedValue("forward", empty) as string[])]).toEqual([empty, new Set([""])]);
    }
    expect(typedValue("forward", "off")).toEqual(["off"]);
    expect(typedValue("scan.depth", "08")).toBe("08");
    expect(typedValue("scan.depth", "1e3")).toBe("1e3");
    expect(typedValue("upstream.allowPrivate", "maybe")).toBe("maybe");
  });
});
