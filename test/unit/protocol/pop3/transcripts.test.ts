import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createPop3Session } from "../../../../src/protocol/pop3/session.ts";
import { readGoldenDialogue } from "../../../support/golden-dialogue.ts";
import { BODY_BASE64, BODY_OCTET, goldenReplacement } from "../../../support/golden-mailbox.ts";
import { GoldenPop3Replay, shownAnswer } from "../../../support/golden-pop3-replay.ts";
import { segmenter } from "../../../support/playbook.ts";
import { PORTS, TARGET } from "../../../support/pop3-dialogue.ts";
import type { Judged, SpoolModel } from "../../../support/spool-model.ts";

const FOLDER = join(import.meta.dirname, "../../../golden");
const DIALOGUES = readdirSync(FOLDER).filter((name) => name.includes(".pop3-"));

describe.each(DIALOGUES)("createPop3Session() in the dialogue %s", (name) => {
  const dialogue = readGoldenDialogue(join(FOLDER, name));
  const replay = (segment: (bytes: Buffer) => Iterable<Buffer>, judge?: (spool: SpoolModel) => Judged) => {
    const session = createPop3Session({ mode: { type: "fixed", target: TARGET }, ports: PORTS });
    return new GoldenPop3Replay(dialogue, { session, name, segment, ...(judge && { judge }) }).play();
  };

  it.each([
    ["whole", segmenter("whole")],
    ["octet by octet", segmenter("byte")],
    ["cut at random", segmenter({ seed: 7 })],
  ])("gives the client what the server said, and the server what the client said: %s (R-15)", (_how, segment) => {
    const { run, expected, said } = replay(segment);
    const wanted = expected.map(shownAnswer).join("");
    expect(Buffer.concat(run.sent.client).toString("latin1")).toBe(wanted);
    const asked = said.map((line) => line.replace(/^(TOP \d+) [1-9]\d*$/i, "$1 99999999"));
    const sent = Buffer.concat(run.sent.upstream).toString("latin1");
    expect(sent.replace(/^(TOP \d+) [1-9]\d*(?=\r)/gim, "$1 99999999")).toBe(
      asked.map((line) => `${line}\r\n`).join(""),
    );
    expect(run.facts.filter(({ type }) => type === "protocol-error" || type === "refused")).toEqual([]);
  });

  it("shows no octet of a body when every message is replaced", () => {
    const replacement = goldenReplacement("1");
    const { run } = replay(segmenter({ seed: 3 }), () => ({ replacement }));
    const got = Buffer.concat(run.sent.client);
    expect(got.includes(BODY_OCTET)).toBe(false);
    expect(got.includes(BODY_BASE64)).toBe(false);
    const isRetrieved = dialogue.turns.some(({ from, lines }) => from === "upstream" && /RETR\}\}/.test(lines.join()));
    expect(got.includes("removed")).toBe(isRetrieved || got.includes("--new"));
  });
});
