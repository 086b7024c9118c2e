import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { compared, isCompletion, octetByOctet } from "../../../support/golden-compare.ts";
import { type GoldenDialogue, readGoldenDialogue } from "../../../support/golden-dialogue.ts";
import { BODY_BASE64, BODY_OCTET, goldenReplacement } from "../../../support/golden-mailbox.ts";
import { GoldenReplay } from "../../../support/golden-replay.ts";
import { canonical, withoutHidden } from "../../../support/golden-response.ts";
import { segmenter } from "../../../support/playbook.ts";
import type { Judged, SpoolModel } from "../../../support/spool-model.ts";
import { FIXED, PORTS } from "./imap-dialogue.ts";

const FOLDER = join(import.meta.dirname, "../../../golden");
const DIALOGUES = readdirSync(FOLDER).filter((name) => name.includes(".imap-"));

const SEGMENTATIONS = [
  ["whole", segmenter("whole")],
  ["octet by octet", octetByOctet],
  ["cut at random", segmenter({ seed: 7 })],
] as const;

function replay(
  dialogue: GoldenDialogue,
  segment: (bytes: Buffer) => Iterable<Buffer>,
  judge?: (spool: SpoolModel) => Judged,
): GoldenReplay {
  const session = createImapSession({ mode: FIXED, ports: PORTS });
  return new GoldenReplay(dialogue, { session, name: dialogue.name, segment, ...(judge && { judge }) }).play();
}

describe.each(DIALOGUES)("createImapSession() in the dialogue %s", (name) => {
  const dialogue = readGoldenDialogue(join(FOLDER, name));

  it.each(SEGMENTATIONS)("gives the client what the server said: %s (R-15)", (_how, segment) => {
    const replayed = replay(dialogue, segment);
    const { got, wanted } = compared(replayed);
    expect(got.filter(isCompletion)).toEqual(wanted.filter(isCompletion));
    expect(got.filter((response) => !isCompletion(response))).toEqual(
      wanted.filter((response) => !isCompletion(response)),
    );
    if (replayed.expected.every(({ isExact }) => isExact)) {
      const said = Buffer.concat(replayed.expected.map(({ octets }) => octets)).toString("latin1");
      const lines = said.split("\r\n").map(withoutHidden).join("\r\n");
      expect(Buffer.concat(replayed.run.sent.client).toString("latin1")).toBe(lines);
    }
    const complaints = replayed.run.facts.filter(({ type }) => type === "protocol-error" || type === "refused");
    expect(complaints).toEqual([]);
  });

  it("says to the server what the client said, or asks for whole messages instead of pieces", () => {
    const { run, said } = replay(dialogue, segmenter("whole"));
    const lines = Buffer.concat(run.sent.upstream).toString("latin1").split("\r\n");
    let at = 0;
    for (const line of said.toString("latin1").split("\r\n")) {
      if (line === lines[at]) at += 1;
      else if (isRewordedFetch(line, lines[at] ?? "")) at += 1;
      else expect(line).toMatch(PIECES);
    }
    expect(at).toBe(lines.length);
  });

  it("shows no octet of a body when every message is replaced, whatever the client asks for", () => {
    const replayed = replay(dialogue, segmenter({ seed: 3 }), ({ label }) => ({
      replacement: goldenReplacement(label.replace(/\W/g, "")),
    }));
    const got = Buffer.concat(replayed.run.sent.client);
    expect(got.includes(BODY_OCTET)).toBe(false);
    expect(got.includes(BODY_BASE64)).toBe(false);
    const completed = (responses: readonly string[]) =>
      responses.flatMap((response) => /^([^*+ ]\S* (?:OK|NO|BAD)) /.exec(response)?.[1] ?? []);
    expect(completed(canonical(got))).toEqual(completed(compared(replayed).wanted.map((text) => `${text} `)));
    replayed.run.event({ type: "closed", from: "client", how: "reset" });
    expect([...replayed.run.spools.values()].filter(({ isReleased }) => !isReleased)).toEqual([]);
  });
});

/** The same tag, messages and side effects, and no pieces: the whole message, or none where it is there already. */
function isRewordedFetch(said: string, sent: string): boolean {
  const [, start, items] = /^(\S+ (?:UID )?FETCH \S+ )(.*)$/i.exec(said) ?? [];
  if (start === undefined || items === undefined || !PIECES.test(said)) return false;
  const isSame = sent.toUpperCase().startsWith(start.toUpperCase()) && !PIECES.test(sent);
  const setsSeen = / ?(?:BODY\[(?!HEADER\.FIELDS \(X-MAILWARD)|BINARY\[|RFC822(?:\.TEXT)?(?=[ )]|$))/i;
  return isSame && setsSeen.test(items) === /BODY\[/.test(sent);
}

/** A FETCH of less than the whole message. */
const PIECES = /^\S+ (?:UID )?FETCH .*(?:RFC822\.TEXT|BINARY|BODY(?:\.PEEK)?\[(?:\]<|TEXT|\d))/i;
