/** The live table as data: a snapshot and a size become lines, purely, so that every size and every hostile text can
 *  be tested without a terminal. */
import { formatBytes, formatCount, formatDuration } from "../core/format.ts";
import type { ConnectionSnapshot, DetectionLine, NoticeLine, ProxySnapshot } from "../core/snapshot.ts";
import { lastMessageSpans, securityText, type TableView, tableView, verdictTone } from "./connection-rows.ts";
import { clean, type Glyphs, type Line, lineOf, type Span, type Tone, wrap } from "./line.ts";
import { planRows } from "./rows.ts";

export interface ViewOptions {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What to type into a mail client, one instruction a text. */
  readonly hints: readonly string[];
  readonly notice?: NoticeLine | undefined;
  readonly glyphs: Glyphs;
  readonly selectedId: number | undefined;
  readonly isHelp: boolean;
}

/** All lines of the screen from top to bottom: never more than `rows`, none wider than `columns`. The last one is the
 *  footer; the lines before it are filled up so that it stays at the bottom. */
export function dashboardLines(snapshot: ProxySnapshot, options: ViewOptions): readonly Line[] {
  const { columns, rows, glyphs } = options;
  if (rows <= 0 || columns <= 0) return [];
  const header = headerLines(snapshot, options);
  const body = options.isHelp
    ? helpLines(options)
    : bodyLines(snapshot, options, rows - header.length - (rows > header.length ? 1 : 0));
  const room = Math.max(0, rows - 1);
  const above = [...header, ...body].slice(0, room);
  while (above.length < room) above.push({ spans: [] });
  return [...above, lineOf([footerSpan(options)], columns, glyphs)];
}

function headerLines(snapshot: ProxySnapshot, options: ViewOptions): Line[] {
  const { columns, glyphs, rows } = options;
  const uptime = formatDuration(options.now - snapshot.startedAt);
  const state: Span = { text: snapshot.state, tone: snapshot.state === "running" ? "good" : "warning" };
  const title: Span[] = [
    { text: "mailward ", tone: "strong" },
    state,
    { text: ` ${uptime}`, tone: "plain" },
    { text: glyphs.separator, tone: "quiet" },
    { text: listenersText(snapshot, glyphs), tone: "plain" },
  ];
  const lines = [lineOf(title, columns, glyphs)];
  if (rows >= MIN_ROWS_FOR_TOTALS) lines.push(lineOf(totalsSpans(snapshot, glyphs), columns, glyphs));
  if (rows >= MIN_ROWS_FOR_TOTALS && options.notice !== undefined) lines.push(noticeLine(options.notice, options));
  if (rows >= MIN_ROWS_FOR_SPACING) lines.push(EMPTY);
  return lines;
}

function noticeLine({ at, level, text }: NoticeLine, { columns, glyphs }: ViewOptions): Line {
  const spans: Span[] = [
    { text: `${timeOfDay(at)} `, tone: "quiet" },
    { text: clean(text, glyphs), tone: NOTICE_TONES[level] },
  ];
  return lineOf(spans, columns, glyphs);
}

function listenersText(snapshot: ProxySnapshot, glyphs: Glyphs): string {
  if (snapshot.listeners.length === 0) return "no listener";
  return snapshot.listeners
    .map(({ protocol, address, mode }) => {
      const forward = mode === "explicit" ? "" : `${glyphs.arrow}${clean(mode, glyphs)}`;
      return `${protocol} ${clean(address, glyphs)}${forward}`;
    })
    .join(glyphs.separator);
}

function totalsSpans(snapshot: ProxySnapshot, glyphs: Glyphs): Span[] {
  const { totals, connections } = snapshot;
  const found: readonly (readonly [string, number, Tone])[] = [
    ["infected", totals.infected, "bad"],
    ["suspicious", totals.suspicious, "warning"],
    ["incomplete", totals.incomplete, "warning"],
    ["refused", totals.refused, "warning"],
  ];
  const spans: Span[] = [
    { text: formatCount(connections.length, "connection"), tone: "plain" },
    { text: glyphs.separator, tone: "quiet" },
    { text: `${formatCount(totals.messages, "message")}, ${formatBytes(totals.bytes)}`, tone: "plain" },
  ];
  for (const [name, count, tone] of found) {
    if (count === 0 && name !== "infected") continue;
    spans.push(
      { text: glyphs.separator, tone: "quiet" },
      { text: `${count} ${name}`, tone: count > 0 ? tone : "plain" },
    );
  }
  return spans;
}

function bodyLines(snapshot: ProxySnapshot, options: ViewOptions, rows: number): Line[] {
  const { columns, glyphs } = options;
  const hints = hintLines(options);
  const selected = snapshot.connections.find(({ id }) => id === options.selectedId);
  const detail = selected === undefined ? [] : detailLines(selected, options);
  const plan = planRows(rows, {
    connections: snapshot.connections.length,
    detail: detail.length,
    recent: snapshot.recent.length,
    hints: hints.length,
  });
  const table = tableView(snapshot.connections, { ...options, rows: plan.table });
  const lines: Line[] = [];
  if (plan.hasHeading) lines.push(table.heading);
  lines.push(...(snapshot.connections.length === 0 ? emptyTable(options, plan.table) : table.lines));
  if (table.above + table.below > 0 && plan.hasHeading) lines[0] = overflowHeading(table, options);
  if (plan.detail > 0) lines.push(...detail.slice(0, plan.detail));
  if (plan.recent > 0) {
    lines.push(EMPTY, lineOf([{ text: "Recent detections", tone: "heading" }], columns, glyphs));
    for (const line of snapshot.recent.slice(0, plan.recent)) lines.push(detectionLine(line, options));
  }
  if (plan.hints > 0) lines.push(EMPTY, ...hints.slice(0, plan.hints));
  return lines;
}

/** The heading says at its right end how many connections are out of sight. */
function overflowHeading(table: TableView, options: ViewOptions): Line {
  const { columns, glyphs } = options;
  const note = ` +${table.above + table.below} more (${glyphs.upDown})`;
  const heading = lineOf(table.heading.spans, Math.max(0, columns - note.length), glyphs);
  return lineOf([...heading.spans, { text: note, tone: "strong" }], columns, glyphs);
}

function emptyTable(options: ViewOptions, rows: number): Line[] {
  if (rows <= 0) return [];
  return [lineOf([{ text: "  no connections yet", tone: "quiet" }], options.columns, options.glyphs)];
}

function detailLines(connection: ConnectionSnapshot, options: ViewOptions): Line[] {
  const { columns, glyphs, now } = options;
  const upstream = connection.upstream === "" ? "no upstream yet" : clean(connection.upstream, glyphs);
  const where =
    `${clean(connection.clientAddress, glyphs)} ${glyphs.arrow} ${upstream}${glyphs.separator}` +
    `${securityText(connection, glyphs)}${glyphs.separator}open ${formatDuration(now - connection.startedAt)}` +
    `${glyphs.separator}in ${formatBytes(connection.bytesIn)}, out ${formatBytes(connection.bytesOut)}`;
  return [
    EMPTY,
    lineOf([{ text: where, tone: "plain" }], columns, glyphs),
    lineOf([{ text: "last: ", tone: "quiet" }, ...lastMessageSpans(connection, glyphs)], columns, glyphs),
  ];
}

function detectionLine(detection: DetectionLine, options: ViewOptions): Line {
  const { columns, glyphs } = options;
  const path = clean(detection.path, glyphs);
  const sender = clean(detection.sender, glyphs);
  const subject = clean(detection.subject, glyphs);
  const who = [sender, subject].filter((part) => part !== "").join(": ");
  return lineOf(
    [
      { text: `${timeOfDay(detection.at)} `, tone: "quiet" },
      { text: `${clean(detection.action, glyphs)} `, tone: "strong" },
      { text: clean(detection.name, glyphs), tone: verdictTone(detection.verdict) },
      { text: path === "" ? "" : ` in ${path}`, tone: "plain" },
      { text: who === "" ? "" : `${glyphs.separator}${who}`, tone: "plain" },
    ],
    columns,
    glyphs,
  );
}

function hintLines(options: ViewOptions): Line[] {
  const { columns, glyphs } = options;
  if (options.hints.length === 0) return [];
  const lines: Line[] = [lineOf([{ text: "How to connect", tone: "heading" }], columns, glyphs)];
  for (const hint of options.hints) {
    for (const [index, text] of wrap(clean(hint, glyphs), columns - 2, glyphs).entries()) {
      lines.push(lineOf([{ text: `${index === 0 ? "  " : "    "}${text}`, tone: "plain" }], columns, glyphs));
    }
  }
  return lines;
}

function helpLines(options: ViewOptions): Line[] {
  const { columns, glyphs } = options;
  const lines = [lineOf([{ text: "Keys", tone: "heading" }], columns, glyphs)];
  for (const [keys, meaning] of helpTexts(glyphs)) {
    lines.push(lineOf([{ text: `  ${keys.padEnd(14)}${meaning}`, tone: "plain" }], columns, glyphs));
  }
  return [...lines, EMPTY, ...hintLines(options)];
}

function helpTexts(glyphs: Glyphs): readonly (readonly [string, string])[] {
  return [
    ["q, ctrl-C", "stop mailward; open connections may finish"],
    [`${glyphs.upDown}, j k`, "choose a connection and show its details"],
    ["g, G", "first, last connection"],
    ["escape", "choose none, leave this page"],
    ["?", "this page"],
  ];
}

function footerSpan(options: ViewOptions): Span {
  const { glyphs } = options;
  const keys = options.isHelp ? ["? back", "q quit"] : ["q quit", `${glyphs.upDown}/jk choose`, "? help"];
  return { text: keys.join(glyphs.separator), tone: "quiet" };
}

function timeOfDay(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

const NOTICE_TONES: Readonly<Record<NoticeLine["level"], Tone>> = { info: "plain", warning: "warning", error: "bad" };
const EMPTY: Line = { spans: [] };
const MIN_ROWS_FOR_TOTALS = 6;
const MIN_ROWS_FOR_SPACING = 18;
