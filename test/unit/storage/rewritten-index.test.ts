import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { fromLatin1 } from "../../../src/core/bytes.ts";
import { rewrittenLimits } from "../../../src/core/limits.ts";
import type { Logger } from "../../../src/core/log.ts";
import type { Told } from "../../../src/protocol/imap/rewritten-messages.ts";
import { RewrittenIndex } from "../../../src/storage/rewritten-index.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const PLACE = { upstream: "imap.example.org:993", account: "ann", mailbox: "INBOX", uidValidity: 9 };
const TOLD: Told = {
  bytes: 1_234,
  envelope: fromLatin1('(NIL "r\xe9moved" {3}\r\na\r\n)'.replace('"r\xe9moved"', "{7}\r\nr\xe9moved")),
  body: fromLatin1('("text" "plain" NIL NIL NIL "7bit" 3 1)'),
  bodyStructure: undefined,
  binarySizes: new Map([["1.2", 7]]),
};

describe("RewrittenIndex", () => {
  test("knows what was told of a message of a mailbox, and of no other", () => {
    const index = opened(undefined).index;
    const mailbox = index.mailbox(PLACE);
    expect([mailbox.hasAny, mailbox.find(7)]).toEqual([false, undefined]);
    mailbox.set(7, TOLD);
    expect([mailbox.hasAny, mailbox.find(7), mailbox.find(8)]).toEqual([true, TOLD, undefined]);
    expect(index.mailbox({ ...PLACE }).find(7)).toEqual(TOLD);
    for (const other of [{ upstream: "other:993" }, { account: "ben" }, { mailbox: "b" }, { uidValidity: 8 }]) {
      const { hasAny } = index.mailbox({ ...PLACE, ...other });
      expect([hasAny, index.mailbox({ ...PLACE, ...other }).find(7)]).toEqual([false, undefined]);
    }
    mailbox.delete(7);
    expect([mailbox.hasAny, mailbox.find(7)]).toEqual([false, undefined]);
  });

  test("keeps it beyond the end of the process, for this user alone and without names", async () => {
    const path = join(temporaryDirectory(), "state", "rewritten");
    const first = opened(path).index;
    first.mailbox(PLACE).set(7, TOLD);
    first.mailbox(PLACE).set(8, TOLD);
    first.mailbox(PLACE).set(8, { ...TOLD, bytes: 5 });
    first.mailbox(PLACE).set(9, TOLD);
    first.mailbox(PLACE).delete(9);
    await first.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "latin1")).not.toMatch(/ann|INBOX|example/);
    const { index, events } = opened(path);
    await index.load();
    const mailbox = index.mailbox(PLACE);
    expect([mailbox.find(7), mailbox.find(8), mailbox.find(9)]).toEqual([TOLD, { ...TOLD, bytes: 5 }, undefined]);
    expect(events).toEqual([]);
  });

  test("writes nothing when it hears nothing new", async () => {
    const path = join(temporaryDirectory(), "rewritten");
    const first = opened(path).index;
    first.mailbox(PLACE).set(7, TOLD);
    await first.close();
    const { size } = statSync(path);
    first.mailbox(PLACE).set(7, { ...TOLD });
    first.mailbox(PLACE).delete(70);
    await first.close();
    expect(statSync(path).size).toBe(size);
  });

  test("takes nothing from lines that are cut off, changed, or no lists", async () => {
    const path = join(temporaryDirectory(), "rewritten");
    const first = opened(path).index;
    first.mailbox(PLACE).set(7, TOLD);
    first.mailbox(PLACE).set(8, { ...TOLD, envelope: fromLatin1("(NIL)\r\n* BYE (") });
    await first.close();
    const text = readFileSync(path, "utf8");
    const line = text.split("\n").find((candidate) => candidate.includes(",7,")) ?? "";
    writeFileSync(path, `${line.slice(0, -5)}\n${line.replace(",7,", ",6,")}\nrubbish\n[]\n${text}`, { mode: 0o600 });
    const { index } = opened(path);
    await index.load();
    const mailbox = index.mailbox(PLACE);
    expect([6, 7, 8].map((uid) => mailbox.find(uid)?.bytes)).toEqual([undefined, TOLD.bytes, undefined]);
    // And goes on behind it.
    mailbox.set(10, TOLD);
    await index.close();
    const again = opened(path).index;
    await again.load();
    expect(again.mailbox(PLACE).find(10)).toEqual(TOLD);
  });

  test("is bounded, and forgets the oldest", () => {
    const { index } = opened(undefined);
    const mailbox = index.mailbox(PLACE);
    for (let uid = 1; uid <= rewrittenLimits.entries + 1; uid += 1) mailbox.set(uid, TOLD);
    expect([mailbox.find(1), mailbox.find(2), mailbox.find(rewrittenLimits.entries + 1)]).toEqual([
      undefined,
      TOLD,
      TOLD,
    ]);
    const large = { ...TOLD, body: Buffer.alloc(rewrittenLimits.entryBytes - 1_000, "a") };
    const fitting = Math.ceil(rewrittenLimits.bytes / rewrittenLimits.entryBytes);
    for (let uid = 1; uid <= 2 * fitting; uid += 1) mailbox.set(uid, large);
    expect([mailbox.find(1), mailbox.find(2 * fitting)?.bytes]).toEqual([undefined, TOLD.bytes]);
    mailbox.set(3, { ...TOLD, body: Buffer.alloc(rewrittenLimits.entryBytes / 6, 1) });
    expect(mailbox.find(3)).toBeUndefined();
  });

  test("says once that the file can not be used, and goes on without it", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "rewritten");
    writeFileSync(path, "");
    chmodSync(path, 0o644);
    const { index, events } = opened(path);
    await index.load();
    index.mailbox(PLACE).set(7, TOLD);
    await index.close();
    expect([events, readFileSync(path, "utf8")]).toEqual([["rewritten-index-unusable"], ""]);
    expect(index.mailbox(PLACE).find(7)).toEqual(TOLD);
    const link = join(directory, "link");
    symlinkSync(join(directory, "elsewhere"), link);
    const other = opened(link);
    other.index.mailbox(PLACE).set(7, TOLD);
    await other.index.close();
    expect([other.events, existsSync(join(directory, "elsewhere"))]).toEqual([["rewritten-index-unusable"], false]);
  });
});

function opened(path: string | undefined): { index: RewrittenIndex; events: string[] } {
  const events: string[] = [];
  const logger: Logger = { log: (_level, event) => void events.push(event) };
  const index = new RewrittenIndex({ path, logger });
  onTestFinished(() => index.close());
  return { index, events };
}
