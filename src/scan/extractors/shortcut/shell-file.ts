/** Small text files that Windows and other desktops act on when they are opened or merely seen: .url, .scf, .desktop,
 *  .library-ms, .search-ms, .searchConnector-ms, .settingcontent-ms, .iqy.
 *
 *  False positives: links to web pages are honest and count nothing. What counts is a target that is a file of a foreign
 *  host, a program, or a scheme that hands arguments to one. */
import { latin1 } from "../../../core/bytes.ts";
import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { callsInterpreter, isActiveScheme, isForeignPath, isRemoteTarget } from "../office/remote-target.ts";
import { decodeEntities } from "../office/xml-tags.ts";
import { beginsAsXml, xmlText } from "../office/xml-text.ts";

export const shellFileExtractor: Extractor = {
  name: "shell-file",
  mayMatch: (survey, { bytes }) => (survey & BEGIN_SIGNS) !== 0 || beginsAsQuery(bytes),
  matches: ({ bytes }) => kindOf(bytes) !== undefined,
  extract({ bytes }, sink) {
    if (kindOf(bytes)?.isSuspicious(textOf(bytes)) === true) sink.heuristic("shortcut");
  },
};

interface ShellFile {
  readonly begin: RegExp;
  isSuspicious(text: string): boolean;
}

function kindOf(bytes: Buffer): ShellFile | undefined {
  const first = bytes[0] ?? 0;
  if (bytes.length < 16 || !(FIRST_OCTETS.has(first) || first <= 0x20)) return undefined;
  const text = beginsAsXml(bytes) ? xmlText(bytes, HEAD_BYTES) : plainText(bytes.subarray(0, HEAD_BYTES));
  return KINDS.find(({ begin }) => begin.test(text));
}

/** The one kind without brackets, in text that is all ASCII. */
function beginsAsQuery(bytes: Buffer): boolean {
  let start = 0;
  while (start < HEAD_BYTES && (bytes[start] ?? 0xff) <= 0x20) start += 1;
  return ((bytes[start] ?? 0) | 0x20) === 0x77 && ((bytes[start + 1] ?? 0) | 0x20) === 0x65;
}

function textOf(bytes: Buffer): string {
  return beginsAsXml(bytes) ? xmlText(bytes, MAX_BYTES) : plainText(bytes.subarray(0, MAX_BYTES));
}

/** UTF-16 becomes readable by leaving out its zeros. */
function plainText(bytes: Buffer): string {
  return latin1(bytes)
    .replace(/^(?:\xff\xfe|\xfe\xff|\xef\xbb\xbf)/, "")
    .replaceAll("\0", "");
}

/** The values of `key = value` lines. */
function values(text: string, keys: RegExp): string[] {
  return Array.from(text.matchAll(keys), ([, value = ""]) => value.trim().slice(0, MAX_VALUE_CHARACTERS));
}

function isForeign(target: string): boolean {
  return isForeignPath(target) || isActiveScheme(target);
}

const KINDS: readonly ShellFile[] = [
  {
    begin: /^[^\S\n]*(?:[;#][^\n]*\n|\s)*\[(?:InternetShortcut|DEFAULT|\{000214A0-)/i,
    isSuspicious(text) {
      const targets = values(text, /^[ \t]*(?:URL|BASEURL|IconFile|WorkingDirectory)[ \t]*=([^\r\n]*)/gim);
      return targets.some((target) => isForeign(target) || FILE_OF_A_HOST.test(target) || RUNS.test(target));
    },
  },
  {
    begin: /^\s*\[Shell\]/i,
    isSuspicious: (text) => values(text, /^[ \t]*IconFile[ \t]*=([^\r\n]*)/gim).some((target) => HOST.test(target)),
  },
  {
    begin: /^(?:#[^\n]*\n|\s)*\[Desktop Entry\]/i,
    isSuspicious: (text) => values(text, /^[ \t]*(?:Try)?Exec[ \t]*=([^\r\n]*)/gim).some(runsShell),
  },
  {
    begin: /<(?:\w{1,20}:)?(?:libraryDescription|searchConnectorDescription|persistedQuery)\b/i,
    isSuspicious: (text) => xmlValues(text).some((target) => HOST.test(target) || isRemoteTarget(target)),
  },
  {
    begin: /<(?:\w{1,20}:)?(?:PCSettings|SearchableContent)\b/i,
    isSuspicious: (text) => xmlValues(text).some((target) => callsInterpreter(` ${target}`) || isRemoteTarget(target)),
  },
  {
    begin: /^\s*WEB\s+1\s+(?=https?:|\\\\)/i,
    isSuspicious: () => true,
  },
];

/** Texts between tags. */
function xmlValues(text: string): string[] {
  return Array.from(text.matchAll(/>([^<]{3,4000})</g), ([, value = ""]) => decodeEntities(value).trim()).filter(
    (value) => !NAMESPACE.test(value),
  );
}

function runsShell(command: string): boolean {
  return (
    callsInterpreter(` ${command}`) ||
    /(?:^|[\s"'/;|&])(?:sh|zsh|python3?|perl|nc)(?=[\s"']+-[a-z]{0,3}[ce]\b)/.test(command)
  );
}

/** What begins the other kinds, and what there is in UTF-16. */
const BEGIN_SIGNS = SIGNS.squareBracket | SIGNS.less | SIGNS.nul | SIGNS.high;
const HEAD_BYTES = 2048;
const MAX_BYTES = 256 * 1024;
const MAX_VALUE_CHARACTERS = 4096;
/** "[", "<", "W", comments, byte order marks; white space as well. */
const FIRST_OCTETS = new Set([0x5b, 0x3c, 0x57, 0x77, 0x3b, 0x23, 0xef, 0xff, 0xfe]);
const HOST = /^(?:file:)?[\\/]{2,5}[^\\/\s]/i;
/** A file on another computer that runs when the link is opened. */
const FILE_OF_A_HOST =
  /^(?:file:)?[\\/]{2,4}(?![a-z][:|])[^\\/\s][^\r\n]*\.(?:exe|lnk|url|hta|js|jse|vbs|vbe|wsf|bat|cmd|ps1|scr|cpl|msi|jar|zip|dll)\b/i;
const RUNS = /^(?:file:)?[\\/]*[a-z]:[^\r\n]*\.(?:cpl|hta|js|jse|vbs|vbe|wsf|bat|cmd|ps1|scr)\b/i;
const NAMESPACE = /^https?:\/\/schemas\.microsoft\.com\//i;
