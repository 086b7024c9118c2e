import { chmodSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contains } from "../../e2e/eicar-search.ts";
import { eicar } from "../../support/eicar.ts";
import { mailWithAttachment, noise, plainMail } from "../../support/engine-mail.ts";
import { type EngineProcess, engineProblem, PAYLOAD, SIGNATURE, startClamd } from "../../support/engine-processes.ts";
import { type EngineService, startEngineService } from "./service.ts";

const problem = engineProblem("clamd");
const infected = mailWithAttachment(`something ${PAYLOAD} something`);
let clamd: EngineProcess;
let service: EngineService;

beforeAll(async () => {
  if (problem !== undefined) return;
  clamd = await startClamd(["StreamMaxLength 2M"]);
  service = startEngineService({ clamd: { address: clamd.address, connections: 3 } }, { threads: 2 });
}, 90_000);

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await clamd?.stop();
});

describe("clamd", () => {
  test("finds what it knows, in the part in which it is", async ({ skip }) => {
    skip(problem !== undefined, problem);
    expect((await service.judge(mailWithAttachment("nothing"))).verdict).toEqual({
      kind: "clean",
      detections: [],
      reasons: [],
    });
    const { verdict } = await service.judge(infected);
    expect(verdict).toEqual({
      kind: "infected",
      detections: [{ name: SIGNATURE, kind: "malware", engine: "clamd", part: "2", path: ["a.bin"] }],
      reasons: [],
    });
    const plain = await service.judge(plainMail(`something ${PAYLOAD} something`));
    expect(plain.verdict).toMatchObject({ kind: "infected", detections: [{ part: "", engine: "clamd" }] });
  });

  test("is shown what it does not see in the message by itself", async ({ skip }) => {
    skip(problem !== undefined, problem);
    // Base64 that goes on behind its padding, which only some mail programs read.
    const encoded = [Buffer.from("xx").toString("base64"), Buffer.from(` ${PAYLOAD} `).toString("base64")].join("\r\n");
    const message = Buffer.from(
      `Subject: x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n`,
    );
    expect((await service.judge(message)).verdict).toMatchObject({
      kind: "infected",
      detections: [{ engine: "clamd" }],
    });
  });

  test("has its findings taken out of a message, and nothing else", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const long = mailWithAttachment(`something ${PAYLOAD} something`.padEnd(600));
    const rewritten = await service.rewrite(long, await service.judge(long));
    expect(rewritten.includes("the first part")).toBe(true);
    expect(contains(rewritten, Buffer.from(SIGNATURE))).toBe(true);
    expect((await service.judge(rewritten)).verdict.kind).toBe("clean");
    // In the text as well as in the attachment: found somewhere, and in a part.
    const twice = mailWithAttachment(PAYLOAD, `a text with ${PAYLOAD} in it`);
    const cleaned = await service.rewrite(twice, await service.judge(twice));
    expect(cleaned.includes(PAYLOAD)).toBe(false);
    expect((await service.judge(cleaned)).verdict.kind).toBe("clean");
    // In the header, which no replaced part takes away.
    const header = Buffer.concat([Buffer.from(`X-Header: ${PAYLOAD}\r\n`), mailWithAttachment("nothing")]);
    const judgement = await service.judge(header);
    expect(judgement.verdict.kind).toBe("infected");
    expect((await service.rewrite(header, judgement)).includes(PAYLOAD)).toBe(false);
  });

  test("works with a scan service that has several messages at once", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const messages = Array.from({ length: 30 }, (_, index) =>
      mailWithAttachment(index % 3 === 0 ? PAYLOAD : `x${index}`),
    );
    const kinds = (await Promise.all(messages.map((message) => service.judge(message)))).map(
      ({ verdict }) => verdict.kind,
    );
    expect(kinds).toEqual(messages.map((_, index) => (index % 3 === 0 ? "infected" : "clean")));
  });

  test("is given no more than it takes, and what is larger is incomplete", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const large = mailWithAttachment(noise(3_000_000));
    await using configured = startEngineService({ clamd: { address: clamd.address, streamBytes: 2_000_000 } });
    expect((await configured.judge(large)).verdict).toMatchObject({
      kind: "incomplete",
      reasons: [
        { code: "engine", part: "2", detail: expect.stringContaining("3000000 octets are more than") },
        { code: "engine", part: "", detail: expect.stringContaining("are more than clamd.streamSize (2000000)") },
      ],
    });
    // clamd's own limit is lower than what was configured here: it breaks off in the middle.
    const { verdict } = await service.judge(large);
    expect(verdict.kind).toBe("incomplete");
    expect(verdict.reasons[0]?.detail).toMatch(/^clamd: .*StreamMaxLength/);
    expect((await service.judge(infected)).verdict.kind).toBe("infected");
  });

  test("that can not be reached is said so, and what the program itself finds is kept", async ({ skip }) => {
    skip(problem !== undefined, problem);
    await using own = startEngineService({ clamd: { address: `${clamd.address}.none` } });
    expect(await own.logged("engine-down")).toMatchObject({ engine: "clamd", detail: "there is no such file" });
    const reason = { code: "engine", part: "", detail: "clamd: it is down: there is no such file" };
    expect((await own.judge(mailWithAttachment("nothing"))).verdict).toEqual({
      kind: "incomplete",
      detections: [],
      reasons: [reason],
    });
    const found = await own.judge(mailWithAttachment(eicar()));
    expect(found.verdict).toMatchObject({
      kind: "infected",
      detections: [{ engine: "signatures", part: "2" }],
      reasons: [reason],
    });
    const rewritten = await own.rewrite(mailWithAttachment(eicar()), found, ["infected"]);
    expect(rewritten.includes("the first part")).toBe(true);
    // When what is incomplete is to go as well, nothing can stay that clamd has not seen.
    const strict = await own.rewrite(mailWithAttachment("nothing"), found, ["infected", "incomplete"]);
    expect(strict.includes("the first part")).toBe(false);
  });

  test("whose socket is closed to the scan service is said so", async ({ skip }) => {
    skip(problem !== undefined, problem);
    skip(process.getuid?.() !== 0, "only root's scan service becomes somebody else");
    chmodSync(clamd.address, 0o600);
    try {
      await using own = startEngineService({ clamd: { address: clamd.address } });
      expect(await own.logged("engine-down")).toMatchObject({ detail: expect.stringContaining("permission denied") });
      expect((await own.judge(mailWithAttachment("nothing"))).verdict.kind).toBe("incomplete");
    } finally {
      chmodSync(clamd.address, 0o666);
    }
  });

  test.for(["SIGKILL", "SIGSTOP"] as const)(
    "that ends or hangs in the middle (%s) makes messages incomplete, and comes back",
    { timeout: 60_000 },
    async (signal, { skip }) => {
      skip(problem !== undefined, problem);
      await using own = startEngineService({ clamd: { address: clamd.address, timeMs: 700 } });
      expect((await own.judge(infected)).verdict.kind).toBe("infected");
      clamd.signal(signal);
      const pending = Array.from({ length: 5 }, () => own.judge(mailWithAttachment(noise(500_000))));
      for (const { verdict } of await Promise.all(pending)) {
        expect(verdict).toMatchObject({ kind: "incomplete", reasons: [{ code: "engine" }] });
        expect(verdict.reasons[0]?.detail).toMatch(/^clamd: /);
      }
      expect(await own.logged("engine-down")).toMatchObject({ engine: "clamd" });
      if (signal === "SIGKILL") await clamd.restart();
      else clamd.signal("SIGCONT");
      expect(await own.logged("engine-up")).toEqual({ engine: "clamd" });
      expect((await own.judge(infected)).verdict).toMatchObject({ kind: "infected", reasons: [] });
    },
  );

  test("that dies between judgement and rewrite leaves nothing of the message", async ({ skip }) => {
    skip(problem !== undefined, problem);
    await using own = startEngineService({ clamd: { address: clamd.address, timeMs: 700 } });
    const judgement = await own.judge(infected);
    clamd.signal("SIGKILL");
    const rewritten = await own.rewrite(infected, judgement);
    expect(rewritten.includes("the first part")).toBe(false);
    expect(rewritten.includes(SIGNATURE)).toBe(true);
    await clamd.restart();
  });
});
