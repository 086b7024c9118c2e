/** Replays golden dialogues by hand and tells every difference: `node scripts/replay-dialogues.ts <folder>`, with a folder
 *  that `scripts/golden-transcripts.ts --all` has written. Messages have the sizes of the recorded ones there. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { SessionMode } from "../src/protocol/command.ts";
import { createImapSession } from "../src/protocol/imap/session.ts";
import { createPop3Session } from "../src/protocol/pop3/session.ts";
import { compared, isCompletion, octetByOctet } from "../test/support/golden-compare.ts";
import { type GoldenDialogue, readGoldenDialogue } from "../test/support/golden-dialogue.ts";
import { GoldenPop3Replay, shownAnswer } from "../test/support/golden-pop3-replay.ts";
import { GoldenReplay } from "../test/support/golden-replay.ts";
import { segmenter } from "../test/support/playbook.ts";

const PORTS = { imap: [143], imaps: [993], pop3: [110], pop3s: [995] };
const SEGMENTATIONS = { whole: segmenter("whole"), octets: octetByOctet, random: segmenter({ seed: 11 }) };
const [folder = ""] = process.argv.slice(2);
let differences = 0;
const names = readdirSync(folder);
for (const name of names) {
  const dialogue = readGoldenDialogue(join(folder, name));
  for (const [how, segment] of Object.entries(SEGMENTATIONS)) {
    try {
      for (const difference of replay(dialogue, segment)) tell(`${name}, ${how}: ${difference}`);
    } catch (error) {
      tell(`${name}, ${how}: ${error instanceof Error ? error.message.slice(0, 400) : String(error)}`);
    }
  }
}
process.stdout.write(
  `${names.length} dialogues in ${Object.keys(SEGMENTATIONS).length} ways, ${differences} differences\n`,
);

function replay(dialogue: GoldenDialogue, segment: (bytes: Buffer) => Iterable<Buffer>): string[] {
  const { protocol, name } = dialogue;
  const target = {
    protocol,
    host: "mail.example.org",
    port: protocol === "imap" ? 993 : 995,
    security: "tls",
  } as const;
  const mode: SessionMode = { type: "fixed", target };
  if (protocol === "pop3") {
    const { run, expected } = new GoldenPop3Replay(dialogue, {
      session: createPop3Session({ mode, ports: PORTS }),
      name,
      segment,
    }).play();
    const got = Buffer.concat(run.sent.client).toString("latin1").split("\r\n");
    return [...complaints(run.facts), ...unequal(got, expected.map(shownAnswer).join("").split("\r\n"))];
  }
  const session = createImapSession({ mode, ports: PORTS });
  const replayed = new GoldenReplay(dialogue, { session, name, segment }).play();
  const { got, wanted } = compared(replayed);
  const isData = (response: string) => !isCompletion(response);
  return [
    ...complaints(replayed.run.facts),
    ...unequal(got.filter(isCompletion), wanted.filter(isCompletion)),
    ...unequal(got.filter(isData), wanted.filter(isData)),
  ];
}

function complaints(facts: readonly { readonly type: string }[]): string[] {
  return facts
    .filter(({ type }) => type === "protocol-error" || type === "refused")
    .map((fact) => JSON.stringify(fact));
}

function unequal(got: readonly string[], wanted: readonly string[]): string[] {
  const index = got.findIndex((text, at) => text !== wanted[at]);
  if (index < 0 && got.length === wanted.length) return [];
  const at = index < 0 ? got.length : index;
  return [`got ${JSON.stringify(got[at])?.slice(0, 200)} instead of ${JSON.stringify(wanted[at])?.slice(0, 200)}`];
}

function tell(text: string): void {
  differences += 1;
  process.stdout.write(`${text}\n`);
}
