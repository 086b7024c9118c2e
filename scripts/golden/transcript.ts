/** Reads a recorded dialogue: records of what one side sent, with long pieces cut out, and of what happened. */

export interface Transcript {
  readonly name: string;
  readonly client: string;
  readonly server: string;
  /** What accounts in it are called. */
  readonly user: RegExp;
  readonly records: readonly TranscriptRecord[];
}

/** Texts are one character per octet. What was cut out is filled. */
export interface TranscriptRecord {
  readonly from: "client" | "upstream" | "event";
  readonly text: string;
}

export function parseTranscript(name: string, text: string): Transcript {
  const heading = (key: string) => new RegExp(`^# ${key}: (.*)$`, "m").exec(text)?.[1] ?? "";
  const program = name.split(".")[0] ?? "";
  const records: TranscriptRecord[] = [];
  const header = /--- (?<from>[CSE]) t=\d+(?: n=(?<bytes>\d+)(?: of=\d+ chunks=\d+)?| (?<event>.*))\n/y;
  let at = text.indexOf("--- ");
  while (at >= 0 && at < text.length) {
    header.lastIndex = at;
    const groups = header.exec(text)?.groups;
    if (groups === undefined)
      throw new Error(`${name}: no record at ${at}: ${JSON.stringify(text.slice(at, at + 60))}`);
    const start = header.lastIndex;
    if (groups.event !== undefined) {
      records.push({ from: "event", text: groups.event });
      at = start;
      continue;
    }
    const end = start + Number(groups.bytes);
    records.push({ from: groups.from === "C" ? "client" : "upstream", text: filled(text.slice(start, end)) });
    at = end + 1;
  }
  const user = new RegExp(`(?:${program}(?:-[a-z0-9]+)*-(?:imap|pop3)|openssl-(?:imap|pop3)[a-z]+)`, "g");
  return { name, client: heading("client"), server: heading("server"), user, records: withoutTls(records) };
}

function filled(text: string): string {
  return text.replace(/\[\[\.\.\. (\d+) bytes omitted \.\.\.\]\]/g, (_all, bytes: string) => "#".repeat(Number(bytes)));
}

/** STARTTLS, which mailward does not offer, and whatever led to it: from where TLS is up, the dialogue is the same. */
function withoutTls(records: readonly TranscriptRecord[]): TranscriptRecord[] {
  const begin = records.findLastIndex(({ from, text }) => from === "event" && text.startsWith("TLS up"));
  const command = records.findLastIndex(
    ({ from, text }) => from === "client" && /^(?:\S+ STARTTLS|STLS)\r\n$/i.test(text),
  );
  if (command < 0) return [...records];
  return [...records.slice(0, command), ...(begin < 0 ? [] : records.slice(begin + 1))];
}
