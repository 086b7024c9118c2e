/** The words that are tried on what is encrypted: those of the message first, because a sender who wants a person to
 *  open an archive has to tell that person how. */
import { passwordLimits } from "../core/scan-limits.ts";
import type { MessageTexts } from "./message-texts.ts";

export interface PasswordList {
  /** The likeliest first, without repetitions. */
  readonly words: readonly string[];
  /** Whether the message itself says it. */
  readonly isOfMessage: (word: string) => boolean;
}

/** First what the texts call a password; then, by turns, the other words of the message, the user's list and what
 *  people choose without thinking: where few tries are allowed each of them gets its share. */
export function passwordList(texts: MessageTexts, list: readonly string[]): PasswordList {
  const own = new Set<string>();
  const text = [...texts.bodies, ...texts.subjects].map(withoutInvisible);
  addAll(own, hintedWords(text));
  const hinted = own.size;
  addAll(own, otherWords(text, texts));
  const words = [...own];
  const turns = alternate([words.slice(hinted), list.slice(0, passwordLimits.listWords), CUSTOMARY]);
  return { words: [...new Set([...words.slice(0, hinted), ...turns])], isOfMessage: (word) => own.has(word) };
}

/** Every word with and without the punctuation around it. */
function addAll(words: Set<string>, source: Iterable<string>): void {
  for (const word of source) {
    if (words.size >= passwordLimits.words) return;
    if (word.length > passwordLimits.wordCharacters * 2) continue;
    for (const form of [word.replace(AROUND, ""), word]) {
      if (form.length > 0 && form.length <= passwordLimits.wordCharacters) words.add(form);
    }
  }
}

/** The words around "password" in its many languages: what follows a colon or an equals sign, what has digits, then the
 *  others of the line and the one before. */
function* hintedWords(texts: readonly string[]): Generator<string> {
  const lines: string[] = [];
  for (const text of texts) {
    HINT.lastIndex = 0;
    for (let hint = HINT.exec(text); hint !== null && lines.length < MAX_HINTS; hint = HINT.exec(text)) {
      const after = text.slice(HINT.lastIndex, HINT.lastIndex + LINE_CHARACTERS).replace(/^[\s:=\-–—>]+/, (gap) => {
        return gap.includes("\n") && /[:=]/.test(gap) ? "" : gap;
      });
      lines.push(firstLine(after));
      const before = text.slice(Math.max(0, hint.index - LINE_CHARACTERS), hint.index);
      const last = before.trimEnd().split(/\s+/).slice(-3).reverse();
      if (last.length > 0) lines.push(last.join(" "));
    }
  }
  for (const line of lines) yield* markedWords(line);
  for (const line of lines) yield* tokens(line).filter((token) => /\d/.test(token));
  for (const line of lines) yield* tokens(line).slice(0, MAX_WORDS_AFTER_HINT);
}

/** The line's first word, or all of it, after a mark that says "here it comes". */
function* markedWords(line: string): Generator<string> {
  const [, rest = ""] = /(?:[:=：＝]|\b(?:is|ist|jest|to|est|es|é|è|är|er)\s)\s*(.+)$/iu.exec(line) ?? [];
  const text = rest === "" ? line.replace(/^[\s:=：＝\-–—>]+/, "") : rest.trim();
  const [first = ""] = text.split(/\s+/);
  yield first;
  yield text;
}

/** Quoted text, tokens with digits, subject, file names, sender; last all other words. */
function* otherWords(texts: readonly string[], { subjects, fileNames, senders }: MessageTexts): Generator<string> {
  for (const text of texts) for (const [, word = ""] of text.matchAll(QUOTED)) yield word;
  const all = texts.flatMap(tokens);
  for (const token of all) {
    if (!/\d/.test(token)) continue;
    yield token;
    yield* token.match(/\d{3,}/g) ?? [];
  }
  for (const subject of subjects) yield* tokens(withoutInvisible(subject));
  for (const name of fileNames) {
    const stem = name.replace(/\.[^.]*$/, "");
    yield stem;
    yield* stem.split(/[\s._()[\]-]+/);
  }
  for (const sender of senders) yield* tokens(sender.replace(/[<>"@,;]/g, " "));
  yield* all;
}

function tokens(text: string): string[] {
  return text.split(/[\s\u00a0]+/, MAX_TOKENS).filter((token) => token !== "");
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/).find((line) => line.trim() !== "") ?? "";
}

/** Characters without width are put between others to keep machines from reading what people do. */
function withoutInvisible(text: string): string {
  return text.replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, "");
}

function* alternate(lists: readonly (readonly string[])[]): Generator<string> {
  const length = Math.max(...lists.map((list) => list.length));
  for (let index = 0; index < length; index += 1) {
    for (const list of lists) {
      const word = list[index];
      if (word !== undefined) yield word;
    }
  }
}

const HINT =
  /pass(?:word|wort|code|phrase|wd|e)?\b|password|\bpwd?\b|\bpin\b|\bcode\b|\bkey\b|\bkod\b|\bcod\b|has[łl]o|mot de passe|\bmdp\b|kennwort|contrase[ñn]a|\bclave\b|\bsenha\b|\bparola\b|\bheslo\b|jelsz[óo]|wachtwoord|l[öo]senord|adgangskode|salasana|[şs]ifre|парол[ья]?|код|密码|密碼|口令|パスワード|비밀번호|암호|كلمة|סיסמה/giu;
const QUOTED = /["'“”„«»‘’‚`([]([^\s"'“”„«»‘’`()[\]][^"'“”„«»‘’`()[\]\r\n]{0,62})["'“”„«»‘’`)\]]/gu;
const AROUND = /^[\s"'“”„«»‘’‚`([{<:;,=.\-–*]+|[\s"'“”„«»‘’`)\]}>.,;:!?*]+$/gu;
const LINE_CHARACTERS = 200;
const MAX_HINTS = 20;
const MAX_WORDS_AFTER_HINT = 8;
const MAX_TOKENS = 5_000;
/** What analysts agree on, and what people type first. */
const CUSTOMARY = [
  "infected",
  "1234",
  "12345",
  "123456",
  "password",
  "123",
  "111",
  "0000",
  "virus",
  "malware",
  "qwerty",
  "2024",
  "2025",
  "2026",
  "abc123",
  "admin",
];
