/** The table of connections: one row each, or two where the terminal is narrow and there is room. */
import { formatBytes } from "../core/format.ts";
import type { VerdictKind } from "../core/model.ts";
import type { ConnectionSnapshot } from "../core/snapshot.ts";
import { type ColumnWidth, type ColumnWish, planColumns } from "./columns.ts";
import { clean, type Glyphs, type Line, lineOf, type Span, type Tone, toWidth } from "./line.ts";

/** Below this the last message goes to a line of its own when the rows allow it. */
const WIDE_COLUMNS = 150;
/** Below this only the upstream's TLS is shown. */
const NARROW_COLUMNS = 100;
const MARKER_WIDTH = 2;

export interface TableOptions {
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: Glyphs;
  readonly selectedId: number | undefined;
}

export interface TableView {
  readonly heading: Line;
  readonly lines: readonly Line[];
  /** Connections above and below those that are shown. */
  readonly above: number;
  readonly below: number;
}

/** The part of the table that fits, such that the selected connection is in it. Only visible rows cost anything. */
export function tableView(connections: readonly ConnectionSnapshot[], options: TableOptions): TableView {
  const { columns, rows, glyphs, selectedId } = options;
  const linesEach = columns < WIDE_COLUMNS && connections.length * 2 <= rows ? 2 : 1;
  const plan = planColumns(wishes(columns, linesEach === 2), columns - MARKER_WIDTH);
  const capacity = Math.max(0, Math.floor(rows / linesEach));
  const selected = connections.findIndex((connection) => connection.id === selectedId);
  const first = Math.max(0, Math.min(selected < 0 ? 0 : selected - capacity + 1, connections.length - capacity));
  const shown = connections.slice(first, first + capacity);
  const lines: Line[] = [];
  for (const connection of shown) {
    const isSelected = connection.id === selectedId;
    lines.push(rowOf(connection, plan, isSelected, options));
    if (linesEach === 2) lines.push(lastMessageLine(connection, columns, glyphs));
  }
  return {
    heading: headingOf(plan, columns, glyphs),
    lines,
    above: first,
    below: Math.max(0, connections.length - first - shown.length),
  };
}

/** The last judged message in one text: the verdict, then who and what. */
export function lastMessageSpans(connection: ConnectionSnapshot, glyphs: Glyphs): Span[] {
  if (connection.lastVerdict === undefined) return [{ text: "no message yet", tone: "quiet" }];
  const sender = clean(connection.lastSender ?? "", glyphs);
  const subject = clean(connection.lastSubject ?? "", glyphs);
  const text = [sender, subject].filter((part) => part !== "").join(": ");
  return [
    { text: connection.lastVerdict, tone: verdictTone(connection.lastVerdict) },
    { text: text === "" ? "" : `  ${text}`, tone: "plain" },
  ];
}

/** How a verdict is coloured wherever it is shown. */
export function verdictTone(verdict: VerdictKind): Tone {
  switch (verdict) {
    case "clean":
      return "good";
    case "infected":
      return "bad";
    case "suspicious":
    case "incomplete":
      return "warning";
    default:
      return verdict satisfies never;
  }
}

/** Both legs of a connection as far as they are known: "plain → TLSv1.3", or that nothing is scanned. */
export function securityText(connection: ConnectionSnapshot, glyphs: Glyphs): string {
  const client = clean(connection.clientTls, glyphs);
  const upstream = clean(connection.upstreamTls, glyphs);
  if (upstream === "") return client;
  return `${client === "" ? "?" : client}${glyphs.arrow}${upstream}`;
}

/** With a line of its own for the last message the state gets the room, else the two share what is left. */
function wishes(columns: number, hasLastLine: boolean): readonly ColumnWish[] {
  const isNarrow = columns < NARROW_COLUMNS;
  const security: ColumnWish = { name: "security", min: 7, ideal: isNarrow ? 7 : 13, priority: 7 };
  const messages: ColumnWish = { name: "messages", min: 5, ideal: 6, priority: 5 };
  const bytes: ColumnWish = { name: "bytes", min: 8, ideal: 8, priority: 8 };
  const protocol: ColumnWish = { name: "protocol", min: 4, ideal: 4, priority: 1 };
  if (hasLastLine) {
    return [
      protocol,
      { name: "account", min: 12, ideal: isNarrow ? 14 : 24, priority: 2 },
      { name: "upstream", min: 12, priority: 4 },
      security,
      messages,
      bytes,
      { name: "state", min: 9, ideal: 17, priority: 6 },
    ];
  }
  return [
    protocol,
    { name: "account", min: 10, ideal: isNarrow ? 18 : 20, priority: 2 },
    { name: "upstream", min: 12, ideal: isNarrow ? 22 : 24, priority: 4 },
    security,
    messages,
    bytes,
    { name: "state", min: 8, ideal: 17, priority: 6 },
    { name: "last", min: 10, priority: 3 },
  ];
}

const HEADINGS: Readonly<Record<string, string>> = {
  protocol: "TYPE",
  account: "ACCOUNT",
  upstream: "UPSTREAM",
  security: "TLS",
  messages: "MAILS",
  bytes: "BYTES",
  state: "STATE",
  last: "LAST MESSAGE",
};

const RIGHT_ALIGNED: ReadonlySet<string> = new Set(["messages", "bytes"]);

function headingOf(plan: readonly ColumnWidth[], columns: number, glyphs: Glyphs): Line {
  const cells = plan.map(({ name, width }) => toWidth(HEADINGS[name] ?? name, width, glyphs, alignOf(name)));
  return lineOf([{ text: " ".repeat(MARKER_WIDTH) + cells.join(" "), tone: "heading" }], columns, glyphs);
}

function rowOf(
  connection: ConnectionSnapshot,
  plan: readonly ColumnWidth[],
  isSelected: boolean,
  options: TableOptions,
): Line {
  const { columns, glyphs } = options;
  const spans: Span[] = [{ text: toWidth(isSelected ? glyphs.cursor : "", MARKER_WIDTH, glyphs), tone: "strong" }];
  for (const [index, { name, width }] of plan.entries()) {
    if (index > 0) spans.push({ text: " ", tone: "plain" });
    if (name === "last") {
      spans.push(...lineOf(lastMessageSpans(connection, glyphs), width, glyphs).spans);
    } else {
      const cell = cellOf(name, connection, width, glyphs);
      spans.push({ text: toWidth(cell.text, width, glyphs, alignOf(name)), tone: cell.tone });
    }
  }
  return { ...lineOf(spans, columns, glyphs), isSelected };
}

function cellOf(name: string, connection: ConnectionSnapshot, width: number, glyphs: Glyphs): Span {
  switch (name) {
    case "protocol":
      return { text: connection.protocol, tone: "plain" };
    case "account":
      return accountCell(connection, glyphs);
    case "upstream":
      return { text: clean(connection.upstream, glyphs), tone: "plain" };
    case "security":
      return securityCell(connection, width, glyphs);
    case "messages":
      return { text: String(connection.messages), tone: "plain" };
    case "bytes":
      return { text: formatBytes(connection.bytesIn), tone: "plain" };
    case "state":
      return { text: clean(connection.state, glyphs), tone: stateTone(connection.state) };
    default:
      return { text: "", tone: "plain" };
  }
}

function accountCell(connection: ConnectionSnapshot, glyphs: Glyphs): Span {
  const account = clean(connection.account, glyphs);
  return account === "" ? { text: "-", tone: "quiet" } : { text: account, tone: "plain" };
}

function securityCell(connection: ConnectionSnapshot, width: number, glyphs: Glyphs): Span {
  if (connection.isExcluded) return { text: width >= 9 ? "unscanned" : "unscan.", tone: "warning" };
  const both = securityText(connection, glyphs);
  const text = both.length <= width ? both : clean(connection.upstreamTls, glyphs);
  return { text, tone: connection.upstreamTls === "plain" ? "warning" : "plain" };
}

function stateTone(state: string): Tone {
  if (state.startsWith("scanning")) return "strong";
  return state === "idle" ? "quiet" : "plain";
}

function lastMessageLine(connection: ConnectionSnapshot, columns: number, glyphs: Glyphs): Line {
  return lineOf([{ text: "       ", tone: "plain" }, ...lastMessageSpans(connection, glyphs)], columns, glyphs);
}

function alignOf(name: string): "left" | "right" {
  return RIGHT_ALIGNED.has(name) ? "right" : "left";
}
