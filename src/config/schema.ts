/** Every key of the configuration. The file is one object of these, `scan.depth` being `{ "scan": { "depth": 10 } }`. */

import { HEURISTIC_NAMES } from "../core/heuristics.ts";
import { HOST_PATTERN_FORMS, parseHostPattern } from "../core/host-pattern.ts";
import { IP_RANGE_FORMS, parseIpRange } from "../core/ip-range.ts";
import { cacheLimits, connectionLimits, KIB, MIB, spoolLimits } from "../core/limits.ts";
import { engineLimits, scanLimits } from "../core/scan-limits.ts";
import { DATABASE_SOURCE_FORM, parseDatabaseSource } from "./database-source.ts";
import { readSocketAddress, readUrl } from "./engine-address.ts";
import { FORWARD_FORM, tryForward } from "./forward.ts";
import {
  choice,
  duration,
  durationOrOff,
  flag,
  integer,
  type Leaf,
  optionalPath,
  optionalText,
  pathList,
  portList,
  size,
  textList,
} from "./leaf.ts";
import { tryListenAddress } from "./listen-address.ts";
import { invalid, ok, type Parsed } from "./parsed.ts";

const ACTIONS = ["pass", "clean", "delete"] as const;
const ADDRESSES =
  "addresses to listen on, such as 127.0.0.1:1143 or [::1]:1143; an empty list, typed as off, turns the listener off";
const GIB = 1024 * MIB;
const HEURISTIC_IDS = `heuristics: ${HEURISTIC_NAMES.join(", ")}`;
const SYMBOLS = "names of symbols in capitals, * for any characters, such as CLAM_VIRUS or *_VIRUS";
const REMOTE_TIME = { fallback: engineLimits.remoteTimeMs, min: 100, max: 600_000 };
const REMOTE_CONNECTIONS = { fallback: engineLimits.remoteConnections, min: 1, max: 1_000 };

export const KEYS = {
  "listen.pop3": textList({
    description: "Where mail clients reach POP3 in explicit mode (the login names the server: name/server).",
    fallback: ["127.0.0.1:1110"],
    accepts: ADDRESSES,
    read: tryListenAddress,
    mayBeOff: true,
  }),
  "listen.imap": textList({
    description: "Where mail clients reach IMAP in explicit mode (the login names the server: name/server).",
    fallback: ["127.0.0.1:1143"],
    accepts: ADDRESSES,
    read: tryListenAddress,
    mayBeOff: true,
  }),
  forward: textList({
    description: "Listeners with one fixed server each.",
    fallback: [],
    accepts: FORWARD_FORM,
    read: tryForward,
  }),
  "ports.imap": portList({
    description: "Servers' ports where IMAP begins unencrypted; STARTTLS is required there unless ;plain is written.",
    fallback: [143],
  }),
  "ports.imaps": portList({
    description: "Servers' ports where IMAP is inside TLS from the first byte.",
    fallback: [993, 585],
  }),
  "ports.pop3": portList({
    description: "Servers' ports where POP3 begins unencrypted; STLS is required there unless ;plain is written.",
    fallback: [110],
  }),
  "ports.pop3s": portList({
    description: "Servers' ports where POP3 is inside TLS from the first byte.",
    fallback: [995],
  }),
  "exclude.ip": textList({
    description: "Servers whose mail is relayed unscanned, by the address that is really reached.",
    fallback: [],
    accepts: `address rules: ${IP_RANGE_FORMS}`,
    read: readIpRule,
  }),
  "exclude.host": textList({
    description: "Servers whose mail is relayed unscanned, by the name they are asked for by.",
    fallback: [],
    accepts: `host names or globs: ${HOST_PATTERN_FORMS}`,
    read: readHostRule,
  }),
  "upstream.caFile": optionalPath({
    description: "PEM file with further certificate authorities, for servers with a private one.",
  }),
  "upstream.connectTimeout": duration({
    description: "How long a server may take to answer a connection and to set up TLS.",
    fallback: connectionLimits.connectTimeoutMs,
    min: 100,
    max: 5 * 60_000,
  }),
  "upstream.allowPrivate": flag({
    description: "Whether clients on other hosts may name servers at loopback, link-local and private addresses.",
    fallback: false,
  }),
  "actions.infected": choice({
    description: "What happens to a message with malware in it: pass delivers it, clean and delete take it out.",
    fallback: "clean",
    words: ACTIONS,
  }),
  "actions.suspicious": choice({
    description: "What happens to a message that a heuristic or a policy objects to.",
    fallback: "clean",
    words: ACTIONS,
  }),
  "actions.incomplete": choice({
    description: "What happens to a message that could not be looked at in full (limit, encryption, damage).",
    fallback: "pass",
    words: ACTIONS,
  }),
  "delivery.mode": choice({
    description:
      "IMAP: hold gives the client a message once it is judged; observe gives it at once, unchanged, and tells the verdict in table and log only. POP3 always holds.",
    fallback: "hold",
    words: ["hold", "observe"],
  }),
  "delivery.keepAlive": durationOrOff({
    description:
      "IMAP: how long a client that waits for a verdict hears nothing before it gets an untagged OK; off for clients that take no such line.",
    fallback: connectionLimits.keepAliveIntervalMs,
    min: 1_000,
    max: connectionLimits.keepAliveIntervalMs,
  }),
  "scan.messageSize": size({
    description: "Bytes of one message that are scanned; a longer one is incomplete.",
    fallback: scanLimits.messageBytes,
    min: KIB,
    max: GIB,
  }),
  "scan.archiveSize": size({
    description: "Bytes unpacked from one archive; beyond it the message is incomplete.",
    fallback: scanLimits.archiveBytes,
    min: KIB,
    max: GIB,
  }),
  "scan.messageArchiveSize": size({
    description: "Bytes unpacked from all archives of one message.",
    fallback: scanLimits.messageArchiveBytes,
    min: KIB,
    max: GIB,
  }),
  "scan.depth": integer({
    description: "Archives and messages inside each other that are opened.",
    fallback: scanLimits.depth,
    min: 1,
    max: 100,
  }),
  "scan.entries": integer({
    description: "Files in all archives of one message that are looked at.",
    fallback: scanLimits.entries,
    min: 1,
    max: 1_000_000,
  }),
  "scan.ratio": integer({
    description: "Times that an archive may grow when unpacked before it counts as a bomb.",
    fallback: scanLimits.ratio,
    min: 1,
    max: 1_000_000,
  }),
  "scan.timeLimit": duration({
    description: "Time that the scan of one message may take.",
    fallback: scanLimits.timeMs,
    min: 1_000,
    max: 3_600_000,
  }),
  "scan.threads": integer({
    description: "Scan threads; 0 is one per processor core.",
    fallback: 0,
    min: 0,
    max: 256,
  }),
  "scan.passwordFile": optionalPath({
    description: "Text file with passwords to try on encrypted archives, one a line.",
  }),
  "scan.uploads": flag({
    description:
      "IMAP: whether messages that clients store on a server (APPEND, REPLACE) are scanned, and refused where something is found.",
    fallback: false,
  }),
  "signatures.files": pathList({
    description: "Files or folders of ClamAV signatures to scan with besides the built-in one.",
    isFolder: true,
  }),
  "signatures.sources": textList({
    description: "Signatures that `mailward db update` fetches.",
    fallback: [],
    accepts: DATABASE_SOURCE_FORM,
    read: parseDatabaseSource,
  }),
  "signatures.directory": optionalPath({
    description: "Folder for the signatures that are fetched; null is db in the user's or the service's data folder.",
    isFolder: true,
  }),
  "heuristics.enabled": flag({
    description: "Whether suspicious looks count, such as a program that pretends to be a document.",
    fallback: true,
  }),
  "heuristics.on": textList({
    description: "Heuristics to switch on that are off by default (mailward heuristics on NAME adds to them).",
    fallback: [],
    accepts: HEURISTIC_IDS,
    read: readHeuristicId,
  }),
  "heuristics.off": textList({
    description: "Heuristics to switch off (mailward heuristics off NAME adds to them).",
    fallback: [],
    accepts: HEURISTIC_IDS,
    read: readHeuristicId,
  }),
  "yara.rules": pathList({
    description:
      "Files of YARA rules to scan with, or folders of .yar and .yara files; small sets, every message is matched against all of them.",
    isFolder: true,
  }),
  "yara.timeLimit": duration({
    description: "Time that the YARA rules may take for one message.",
    fallback: engineLimits.yaraTimeMs,
    min: 100,
    max: 600_000,
  }),
  "clamd.address": optionalText({
    description:
      "A running clamd that scans too: the path of its socket, or host:port. The scan service must be allowed to use the socket; started by root it runs as nobody (LocalSocketMode 666).",
    accepts: "the path of a socket or host:port, such as /run/clamav/clamd.ctl, or null for none",
    read: readSocketAddress,
  }),
  "clamd.timeLimit": duration({ description: "Time that clamd may take for one message.", ...REMOTE_TIME }),
  "clamd.connections": integer({ description: "Connections to clamd at once.", ...REMOTE_CONNECTIONS }),
  "clamd.streamSize": size({
    description: "StreamMaxLength of that clamd: a larger message is incomplete.",
    fallback: engineLimits.clamdStreamBytes,
    min: KIB,
    max: 4 * GIB,
  }),
  "icap.address": optionalText({
    description: "An ICAP service that scans too, such as a commercial scanner.",
    accepts: "a URL such as icap://127.0.0.1:1344/avscan, or null for none",
    read: (text) => readUrl(text, ["icap:"]),
  }),
  "icap.timeLimit": duration({ description: "Time that the ICAP service may take for one message.", ...REMOTE_TIME }),
  "icap.connections": integer({ description: "Connections to the ICAP service at once.", ...REMOTE_CONNECTIONS }),
  "rspamd.address": optionalText({
    description: "A running rspamd whose antivirus and phishing results count too.",
    accepts: "a URL such as http://127.0.0.1:11333, or null for none",
    read: (text) => readUrl(text, ["http:", "https:"]),
  }),
  "rspamd.malware": textList({
    description: "Symbols of rspamd that mean malware.",
    fallback: ["VIRUS", "*_VIRUS", "MALWARE", "*_MALWARE"],
    accepts: SYMBOLS,
    read: readSymbol,
  }),
  "rspamd.suspicious": textList({
    description: "Symbols of rspamd that make a message suspicious when their score is above 0.",
    fallback: ["PHISHING", "PHISHED_*", "HACKED_WP_PHISHING", "*_VIRUS_ENCRYPTED", "*_VIRUS_MACRO"],
    accepts: SYMBOLS,
    read: readSymbol,
  }),
  "rspamd.timeLimit": duration({ description: "Time that rspamd may take for one message.", ...REMOTE_TIME }),
  "rspamd.connections": integer({ description: "Connections to rspamd at once.", ...REMOTE_CONNECTIONS }),
  "cache.enabled": flag({
    description: "Whether verdicts are remembered, so that a message seen again is not scanned again.",
    fallback: true,
  }),
  "cache.entries": integer({
    description: "Verdicts remembered at most.",
    fallback: cacheLimits.entries,
    min: 1,
    max: 10_000_000,
  }),
  "spool.memoryPerMessage": size({
    description: "A held message up to this size stays in memory; a larger one goes to a temporary file.",
    fallback: spoolLimits.memoryBytesPerMessage,
    min: 0,
    max: GIB,
  }),
  "spool.memory": size({
    description: "Memory for all held messages together.",
    fallback: spoolLimits.memoryBytesTotal,
    min: 0,
    max: 64 * GIB,
  }),
  "spool.disk": size({
    description: "Temporary files of all held messages together; beyond it messages are refused.",
    fallback: spoolLimits.diskBytesTotal,
    min: 0,
    max: 64 * 1024 * GIB,
  }),
  "log.level": choice({
    description: "The least important events that are logged.",
    fallback: "info",
    words: ["debug", "info", "warning", "error"],
  }),
  "log.format": choice({
    description: "Log lines as text for people or as JSON for programs.",
    fallback: "text",
    words: ["text", "json"],
  }),
} as const satisfies Record<string, Leaf<unknown>>;

export type KeyName = keyof typeof KEYS;

type LeafValue<L> = L extends Leaf<infer T> ? T : never;

/** A value for every key, as the program uses it. */
export type Values = { readonly [K in KeyName]: LeafValue<(typeof KEYS)[K]> };

/** All keys in the order of the file. */
export const KEY_NAMES: readonly KeyName[] = Object.keys(KEYS) as KeyName[];

/** The four lists of ports. */
export const PORT_PROTOCOLS = ["imap", "imaps", "pop3", "pop3s"] as const;
export type PortProtocol = (typeof PORT_PROTOCOLS)[number];

/** Whether `text` is a key. */
export function isKeyName(text: string): text is KeyName {
  return Object.hasOwn(KEYS, text);
}

/** What is known of a key, whatever its value's type is. */
export function leafOf(name: KeyName): Leaf<unknown> {
  return KEYS[name];
}

function readIpRule(text: string): Parsed<unknown> {
  const parsed = parseIpRange(text);
  return parsed.type === "range" ? ok(parsed.range) : invalid(parsed.problem);
}

function readHostRule(text: string): Parsed<unknown> {
  const parsed = parseHostPattern(text);
  return parsed.type === "pattern" ? ok(parsed.pattern) : invalid(parsed.problem);
}

function readHeuristicId(text: string): Parsed<unknown> {
  return HEURISTIC_NAMES.some((name) => name === text.trim()) ? ok(text.trim()) : invalid("there is no such heuristic");
}

function readSymbol(text: string): Parsed<unknown> {
  return /^[A-Z0-9_*]{1,100}$/i.test(text.trim()) ? ok(text.trim()) : invalid("it is no name of a symbol");
}
