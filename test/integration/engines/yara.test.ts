import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eicar } from "../../support/eicar.ts";
import { mailWithAttachment } from "../../support/engine-mail.ts";
import { startScriptedServer } from "../../support/scripted-server.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { startEngineService } from "./service.ts";

/** Never comes to an end with a text of a, b and c. */
const SLOW = `rule Slow { strings: $a = /a[^z]{1,1000}b[^z]{1,1000}c[^z]{1,1000}Q/ condition: $a }`;
const SLOW_TEXT = "abc".repeat(100_000);

test("YARA rules find, suspect, and have what they find taken out", async () => {
  const folder = temporaryDirectory();
  mkdirSync(join(folder, "rules"));
  writeFileSync(
    join(folder, "rules", "one.yar"),
    'rule Bad { meta: author = "Ann" strings: $a = "bad" condition: $a at 0 }',
  );
  writeFileSync(
    join(folder, "rules", "two.yara"),
    'rule Odd : suspicious { strings: $a = "odd" condition: $a }\nrule Broken {',
  );
  writeFileSync(join(folder, "rules", "note.txt"), "no rules");
  await using service = startEngineService({ yara: { rules: [join(folder, "rules")] } });
  expect(await service.logged("scan-service-problem")).toEqual({
    detail: expect.stringMatching(/two\.yara:2: syntax error/),
  });
  expect((await service.judge(mailWithAttachment("not bad"))).verdict.kind).toBe("clean");
  const odd = await service.judge(mailWithAttachment("odd"));
  expect(odd.verdict).toMatchObject({
    kind: "suspicious",
    detections: [{ name: "Odd", kind: "heuristic", engine: "yara" }],
  });
  const infected = mailWithAttachment("bad octets");
  const bad = await service.judge(infected);
  expect(bad.verdict).toMatchObject({ kind: "infected", detections: [{ name: "Bad", part: "2", path: ["a.bin"] }] });
  expect(bad.remarks).toEqual([{ kind: "rule", part: "2", detail: "Bad (one.yar): author Ann" }]);
  const rewritten = await service.rewrite(infected, bad);
  expect(rewritten.includes("the first part")).toBe(true);
  expect((await service.judge(rewritten)).verdict.kind).toBe("clean");
});

test("a rule that does not come to an end costs one message, and not what others found in it", {
  timeout: 60_000,
}, async () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, "slow.yar"), SLOW);
  // A clamd that knows everything: asked although the thread with the message is ended.
  const clamd = await startScriptedServer((index) => [
    { octets: index === 0 ? 6 : 11 },
    { send: index === 0 ? "PONG\0" : "1: stream: Some.Name FOUND\0" },
    { end: "silence" },
  ]);
  const address = `127.0.0.1:${clamd.port}`;
  {
    await using service = startEngineService({ yara: { rules: [join(folder, "slow.yar")], timeMs: 500 } });
    const reason = { code: "engine", part: "", detail: "yara: the rules did not finish within 500 ms" };
    const verdicts = await Promise.all(
      [mailWithAttachment("fine"), mailWithAttachment(eicar(), SLOW_TEXT), mailWithAttachment("fine too")].map(
        async (message) => (await service.judge(message)).verdict,
      ),
    );
    expect(verdicts).toMatchObject([
      { kind: "clean" },
      { kind: "infected", detections: [{ engine: "signatures" }], reasons: [reason] },
      { kind: "clean" },
    ]);
    const slow = mailWithAttachment(eicar(), SLOW_TEXT);
    const rewritten = await service.rewrite(slow, await service.judge(slow), ["infected"]);
    expect(rewritten.includes(SLOW_TEXT)).toBe(true);
    expect(rewritten.includes(eicar().toString("base64"))).toBe(false);
  }
  await using both = startEngineService({
    yara: { rules: [join(folder, "slow.yar")], timeMs: 500 },
    clamd: { address, timeMs: 2_000 },
  });
  const { verdict } = await both.judge(mailWithAttachment("x", SLOW_TEXT));
  expect(verdict.reasons.map(({ detail }) => detail)).toContain("yara: the rules did not finish within 500 ms");
  // Whatever the scripted clamd says to the rest: it was asked about the message.
  expect(clamd.connections.length).toBeGreaterThan(1);
  await clamd.close();
});

test("the scan service does not start without the YARA rules that are configured", async () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, "broken.yar"), "rule broken { condition: unknown }");
  await using service = startEngineService({ yara: { rules: [join(folder, "broken.yar")] } });
  await expect(service.judge(mailWithAttachment("x"))).rejects.toThrow(
    /none of them is usable \(line 1: unknown identifier/,
  );
});
