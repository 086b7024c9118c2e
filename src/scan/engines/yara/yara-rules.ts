/** The user's YARA rules as the scan threads get them: read once, what is broken left out and reported. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { systemErrorText, UserError } from "../../../core/errors.ts";
import { yaraLimits } from "../../../core/scan-limits.ts";
import { loadAsset } from "../../assets.ts";
import { checkRules, compileYara, startYara, type YaraSource } from "./yara-library.ts";
import { withoutRules, yaraRules } from "./yara-source.ts";

/** What a thread makes its engine of. */
export interface YaraSetup {
  /** Compiled WebAssembly, shared between threads. */
  readonly module: object;
  readonly sources: readonly YaraSource[];
  /** Rules that match wherever those of `sources` can match, in any place of any content. */
  readonly relaxed: readonly YaraSource[];
  /** Those of `sources` with rules that have no such rule: every content is matched with them. */
  readonly strict: readonly YaraSource[];
}

export interface LoadedYara {
  readonly setup: YaraSetup;
  /** A line each, with file and number. */
  readonly problems: readonly string[];
  readonly rules: number;
  /** Of everything that is in force. */
  readonly identity: string;
}

/** Reads the files, and those in the folders, of `paths`. Undefined when there are none. Rejects with a UserError when
 *  one can not be read or holds nothing that can be used. */
export async function loadYaraRules(paths: readonly string[]): Promise<LoadedYara | undefined> {
  if (paths.length === 0) return undefined;
  const files = await readFiles(paths);
  const module = compileYara(await loadAsset("yara-x.wasm"));
  startYara(module);
  const problems: string[] = [];
  const checked = files.map((file, index) => {
    const { source, problems: found } = keepWhatCompiles({ namespace: namespaceOf(files, index), text: file.text });
    const lines = found
      .toSorted((left, right) => left.line - right.line)
      .map(({ line, problem }) => `${file.path}:${line}: ${problem}`);
    if (yaraRules(source.text).length === 0) throw nothingUsable(file.path, found);
    problems.push(...lines);
    return source;
  });
  const rules = checked.reduce((sum, { text }) => sum + yaraRules(text).length, 0);
  if (rules > yaraLimits.rules) {
    throw new UserError(
      `Cannot use the YARA rules: there are ${rules}, and at most ${yaraLimits.rules} are allowed`,
      HINT,
    );
  }
  const identity = createHash("sha256").update(JSON.stringify(checked)).digest("hex");
  return { setup: { module, sources: checked, ...relax(checked) }, problems, rules, identity };
}

/** Leaves out rules, imports and includes that the compiler objects to, until it objects to nothing more. */
function keepWhatCompiles(source: YaraSource): { source: YaraSource; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  let { text } = source;
  for (;;) {
    const found = checkRules({ ...source, text });
    if (found.length === 0) return { source: { ...source, text }, problems };
    problems.push(...found.filter((problem) => problems.every((known) => !isSame(known, problem))));
    const rest = withoutRules(text, brokenSpans(text, found));
    if (rest === text) return { source: { ...source, text: "" }, problems };
    text = rest;
  }
}

/** What has to go because of the problems; everything when it can not be told. */
function brokenSpans(text: string, problems: readonly Problem[]): { start: number; end: number }[] {
  const rules = yaraRules(text);
  const spans = new Map<number, { start: number; end: number }>();
  for (const { line } of problems) {
    const rule = rules.findLast(({ firstLine, lastLine }) => firstLine <= line && line <= lastLine);
    const span = rule ?? spanOfLine(text, line);
    spans.set(span.start, span);
  }
  return [...spans.values()];
}

function spanOfLine(text: string, line: number): { start: number; end: number } {
  let start = 0;
  for (let number = 1; number < line; number += 1) start = text.indexOf("\n", start) + 1;
  const end = text.indexOf("\n", start);
  const span = { start, end: end < 0 ? text.length : end };
  return line > 0 && text.slice(span.start, span.end).trim() !== "" ? span : { start: 0, end: text.length };
}

function relax(sources: readonly YaraSource[]): Pick<YaraSetup, "relaxed" | "strict"> {
  const relaxed: YaraSource[] = [];
  const strict: YaraSource[] = [];
  for (const source of sources) {
    const rules = yaraRules(source.text);
    const made = rules.flatMap((rule) => (rule.relaxed === undefined ? [] : [rule.relaxed]));
    // What the compiler does not take of these was misunderstood here.
    const kept = keepWhatCompiles({ namespace: source.namespace, text: made.join("\n") }).source;
    const count = yaraRules(kept.text).length;
    if (count > 0) relaxed.push(kept);
    if (count < rules.length) strict.push(source);
  }
  return { relaxed, strict };
}

interface RuleFile {
  readonly path: string;
  readonly text: string;
}

interface Problem {
  readonly line: number;
  readonly problem: string;
}

async function readFiles(paths: readonly string[]): Promise<RuleFile[]> {
  const files: RuleFile[] = [];
  let bytes = 0;
  for (const path of paths) {
    try {
      for (const file of await ruleFiles(path)) {
        const octets = await readFile(file);
        bytes += octets.length;
        files.push({ path: file, text: octets.toString("utf8") });
        if (bytes > yaraLimits.sourceBytes || files.length > yaraLimits.files) throw tooMuch();
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      const text = `Cannot read the YARA rules "${path}": ${systemErrorText(error)}`;
      throw new UserError(text, { ...HINT, cause: error });
    }
  }
  return files;
}

/** The path itself, or the rule files in the folder that it names. */
async function ruleFiles(path: string): Promise<string[]> {
  const found = await stat(path);
  if (found.isFile()) return [path];
  if (!found.isDirectory())
    throw new UserError(`Cannot read the YARA rules "${path}": it is no file and no folder`, HINT);
  const names = (await readdir(path)).filter((name) => /\.yara?$/i.test(name)).toSorted();
  if (names.length === 0) throw new UserError(`Cannot read the YARA rules "${path}": no .yar or .yara is in it`, HINT);
  return names.map((name) => join(path, name));
}

/** The file's name; its path where two have the same name. */
function namespaceOf(files: readonly RuleFile[], index: number): string {
  const path = files[index]?.path ?? "";
  const isAlone = files.every((file, at) => at === index || basename(file.path) !== basename(path));
  return isAlone ? basename(path) : path;
}

function isSame(left: Problem, right: Problem): boolean {
  return left.line === right.line && left.problem === right.problem;
}

function nothingUsable(path: string, [first]: readonly Problem[]): UserError {
  const why = first === undefined ? "there is no rule in it" : `line ${first.line}: ${first.problem}`;
  return new UserError(`Cannot use the YARA rules "${path}": none of them is usable (${why})`, HINT);
}

function tooMuch(): UserError {
  const { sourceBytes, files } = yaraLimits;
  return new UserError(`Cannot use the YARA rules: they are more than ${files} files or ${sourceBytes} octets`, HINT);
}

const HINT = { hint: "mailward config get yara.rules" };
