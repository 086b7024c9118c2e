/** Takes out of a dialogue what says the same thing again and again. */
import { type Distilled, type DistilledLine, shapeOf } from "./distilled.ts";

export function shorten(dialogue: Distilled): Distilled {
  return { ...dialogue, lines: withoutRuns(withoutExchanges(dialogue.lines)) };
}

/** One command with all its answer, when there were several of its shape already. */
function withoutExchanges(lines: readonly DistilledLine[]): DistilledLine[] {
  const kept: DistilledLine[] = [];
  const seen = new Map<string, number>();
  for (let at = 0; at < lines.length; ) {
    const end = exchangeEnd(lines, at);
    const exchange = lines.slice(at, end);
    const shape = exchange.map(({ text }) => shapeOf(text)).join("\n");
    const count = exchange.length === 1 ? 0 : (seen.get(shape) ?? 0);
    seen.set(shape, count + 1);
    if (count < SAME_EXCHANGES) kept.push(...exchange);
    at = end;
  }
  return kept;
}

/** Behind a command that was given alone and its last answer, and nothing else. Of anything else, one line. */
function exchangeEnd(lines: readonly DistilledLine[], at: number): number {
  const [line, next] = [lines[at], lines[at + 1]];
  if (line?.from !== "client" || next?.from !== "upstream" || !REPEATED.test(line.text)) return at + 1;
  const before = lines[at - 1];
  if (before?.from === "client") return at + 1;
  let end = at + 1;
  while (lines[end]?.from === "upstream") end += 1;
  const tag = line.text.split(" ")[0] ?? "";
  const last = lines[end - 1]?.text ?? "";
  const isImap = !/^(?:RETR|TOP|LIST|DELE|UIDL) /.test(line.text);
  return !isImap || last.startsWith(`${tag} `) ? end : at + 1;
}

/** Untagged responses of one shape that follow each other. */
function withoutRuns(lines: readonly DistilledLine[]): DistilledLine[] {
  return lines.filter((line, index) => {
    if (line.from === "client" || !/^(?:\* \d+ FETCH |\d+ )/.test(line.text)) return true;
    const shape = shapeOf(line.text);
    for (let back = 1; back <= SAME_RESPONSES; back += 1) {
      const before = lines[index - back];
      if (before?.from !== line.from || shapeOf(before.text) !== shape) return true;
    }
    return false;
  });
}

const SAME_EXCHANGES = 2;
const SAME_RESPONSES = 4;
const REPEATED = /^(?:\S+ )?(?:UID )?(?:FETCH|STORE|RETR|TOP|LIST|DELE|UIDL) /i;
