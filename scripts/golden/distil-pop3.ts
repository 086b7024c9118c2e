/** A POP3 dialogue with placeholders instead of messages. */
import type { Distilled, DistilledLine } from "./distilled.ts";
import { withOwnNames } from "./own-names.ts";
import type { Transcript } from "./transcript.ts";

export function distilPop3({ name, client, server, user, records }: Transcript): Distilled {
  const sizes = new Map<string, number>();
  const lines: DistilledLine[] = [];
  const commands: string[] = ["(greeting)"];
  const rest = { client: "", upstream: "" };
  for (const { from, text } of records) {
    if (from === "event") continue;
    rest[from] += text;
    if (from === "client") {
      const end = rest.client.lastIndexOf("\n") + 1;
      const whole = rest.client.slice(0, end).split(/\r?\n/).slice(0, -1);
      rest.client = rest.client.slice(end);
      commands.push(...whole);
      for (const line of whole) lines.push({ from, text: withOwnNames(line, user) });
      continue;
    }
    for (let answer = wholeAnswer(rest.upstream, commands[0]); answer !== undefined; ) {
      rest.upstream = rest.upstream.slice(answer.length);
      const command = commands.shift() ?? "";
      const texts = answerLines(answer, command, sizes).map((line) => withOwnNames(line, user));
      lines.push(...texts.map((line) => ({ from, text: line })));
      answer = wholeAnswer(rest.upstream, commands[0]);
    }
  }
  const title = `${client} and ${server}: ${name.replace(/\.txt$/, "")}`;
  return { name, title, protocol: "pop3", lines: withoutHidden(lines), sizes };
}

function wholeAnswer(text: string, command: string | undefined): string | undefined {
  const first = text.indexOf("\r\n");
  if (command === undefined || first < 0) return undefined;
  if (!text.startsWith("+OK") || !MULTILINE.test(command)) return text.slice(0, first + 2);
  const end = text.indexOf("\r\n.\r\n", first);
  return end < 0 ? undefined : text.slice(0, end + 5);
}

function answerLines(answer: string, command: string, sizes: Map<string, number>): string[] {
  const all = answer.slice(0, -2).split("\r\n");
  const [verb = "", message = "", count = "0"] = command.split(" ");
  const listed = /^LIST$/i.test(verb) ? all : [];
  for (const line of [...listed, ...(/^LIST .*$/i.test(command) ? [all[0]?.slice(4) ?? ""] : [])]) {
    const [, number, bytes] = /^(\d+) (\d+)$/.exec(line) ?? [];
    if (number !== undefined) sizes.set(number, Number(bytes));
  }
  if (all.length < 2 || !/^(?:RETR|TOP)$/i.test(verb)) return all;
  const isTop = /^TOP$/i.test(verb);
  const status = (all[0] ?? "").replace(/^\+OK (\d+) octets/, (_all, bytes: string) => {
    sizes.set(message, Number(bytes));
    return `+OK {{${message} SIZE}} octets`;
  });
  return [status, isTop ? `{{${message} TOP ${count}}}` : `{{${message} RETR}}`];
}

/** DIGEST-MD5 can encrypt, and is not offered: a program that would use it logs in with its name and password. */
function withoutHidden(lines: readonly DistilledLine[]): DistilledLine[] {
  const begin = lines.findIndex(({ from, text }) => from === "client" && /^AUTH DIGEST-MD5$/i.test(text));
  const end = lines.findIndex(
    ({ from, text }, index) => index > begin && from === "upstream" && /^[+-](?:OK|ERR)/.test(text),
  );
  if (begin < 0 || end < 0) return [...lines];
  const login: DistilledLine[] = [
    { from: "client", text: "USER ann" },
    { from: "upstream", text: "+OK" },
    { from: "client", text: "PASS secret" },
  ];
  return [...lines.slice(0, begin), ...login, ...lines.slice(end)];
}

const MULTILINE = /^(?:RETR |TOP |CAPA$|LIST$|UIDL$|AUTH$)/i;
