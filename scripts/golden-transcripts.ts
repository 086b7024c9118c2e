/** Makes golden dialogues (test/support/golden-dialogue.ts) of recorded ones: `node scripts/golden-transcripts.ts <folder
 *  of transcripts> <folder of dialogues>`. With `--all` every transcript becomes one, whole and with the sizes of its
 *  messages; without it, only dialogues and pieces of dialogues that show something new are kept, and messages are small. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { distilImap } from "./golden/distil-imap.ts";
import { distilPop3 } from "./golden/distil-pop3.ts";
import { type Distilled, goldenText, shapes } from "./golden/distilled.ts";
import { shorten } from "./golden/shorten.ts";
import { parseTranscript } from "./golden/transcript.ts";

const [source = "", target = ""] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const isComplete = process.argv.includes("--all");

/** The first of the transcripts that show the same thing is kept: whole downloads before all the rest. */
const ORDER = [
  "-sync",
  "-incr",
  "-delete",
  "-pipelined",
  "-capadd",
  "-mangle",
  "-starttls",
  "-tls",
  "-delay",
  "-trickle",
];

function place(name: string): number {
  const index = ORDER.findIndex((word) => name.includes(word));
  return index < 0 ? ORDER.length : index;
}

function distil(name: string): Distilled {
  const transcript = parseTranscript(name, readFileSync(join(source, name), "latin1"));
  return name.includes(".pop3-") ? distilPop3(transcript) : distilImap(transcript);
}

const DIALOGUE = /\.(?:imap|pop3)-.*\.txt$/;

/** A dialogue that shows fewer new things is not worth its place. */
const NEW_SHAPES = 5;

const names = readdirSync(source).filter((name) => DIALOGUE.test(name));
names.sort((left, right) => place(left) - place(right) || left.localeCompare(right));
mkdirSync(target, { recursive: true });
for (const name of readdirSync(target)) if (DIALOGUE.test(name)) rmSync(join(target, name));
const known = new Set<string>();
let [bytes, count] = [0, 0];
for (const name of names) {
  const whole = distil(name);
  const dialogue = isComplete ? whole : shorten(whole);
  const fresh = shapes(dialogue).filter((shape) => !known.has(shape));
  for (const shape of fresh) known.add(shape);
  if (!isComplete && fresh.length < NEW_SHAPES) continue;
  const text = goldenText(dialogue, isComplete ? Number.MAX_SAFE_INTEGER : undefined);
  bytes += text.length;
  count += 1;
  writeFileSync(join(target, name), text, "latin1");
}
process.stdout.write(`${count} of ${names.length} transcripts, ${bytes} octets\n`);
