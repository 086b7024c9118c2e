/** Opens OneNote sections [MS-ONESTORE]: every embedded file stands whole in the file, between two identifiers. */
import { latin1 } from "../../../core/bytes.ts";
import type { Budget } from "../../budget.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { COMPOUND_MAGIC } from "../ole/compound-file.ts";
import { isDangerousFile } from "../ole/dangerous-file.ts";

export const oneNoteExtractor: Extractor = {
  name: "onenote",
  mayMatch: (survey) => (survey & SIGNS.high) !== 0,
  matches: ({ bytes }) => SECTION_FORMATS.some((format) => bytes.subarray(0, format.length).equals(format)),
  extract({ bytes }, sink, budget) {
    if (bytes.subarray(PACKAGED_AT, PACKAGED_AT + PACKAGED.length).equals(PACKAGED)) readPackaged(bytes, sink, budget);
    const name = dangerousName(bytes);
    // Files may stand in files: what is looked at more than once counts.
    let freeBytes = bytes.length;
    let found = bytes.indexOf(FILE_DATA);
    while (found >= 0) {
      const next = bytes.indexOf(FILE_DATA, found + FILE_DATA.length);
      const content = fileAt(bytes, found, next < 0 ? bytes.length : next);
      if (!budget.takeEntry()) {
        sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
        return;
      }
      if (content.length > freeBytes && !budget.takeView(content.length)) {
        sink.reason("limit-views", "files in files of a OneNote section");
        return;
      }
      freeBytes -= Math.min(freeBytes, content.length);
      if (isDangerousFile(content, isPicture(content) ? "" : name)) sink.heuristic("onenote-dropper");
      if (content.length > 0) sink.entry("", content);
      found = next;
    }
  },
};

/** Sections that come from OneDrive are packaged in another way (2.8), in which files stand whole too: they are found by
 *  how they begin. */
function readPackaged(bytes: Buffer, sink: ExtractorSink, budget: Budget): void {
  for (const [magic, isDangerous] of PACKAGED_FILES) {
    let found = bytes.indexOf(magic, PACKAGED_AT);
    for (let count = 0; found >= 0 && count < MAX_PACKAGED; count += 1) {
      if (isDangerous) sink.heuristic("onenote-dropper");
      const content = bytes.subarray(found);
      if (!budget.takeEntry() || !budget.takeView(content.length)) {
        sink.reason("limit-views", "files of a OneNote section");
        return;
      }
      sink.entry("", content);
      found = bytes.indexOf(magic, found + magic.length);
    }
  }
}

/** FileDataStoreObject (2.6.13): identifier, length of eight octets, twelve unused ones, the file. A length that the
 *  closing identifier does not follow is a lie: then the file ends with it, or before the next one. */
function fileAt(bytes: Buffer, position: number, next: number): Buffer {
  const start = position + HEADER_BYTES;
  if (start > bytes.length) return bytes.subarray(bytes.length);
  const length = bytes.readUInt32LE(position + 16) + bytes.readUInt32LE(position + 20) * 2 ** 32;
  const stated = start + length;
  // Up to seven octets fill the file up.
  if (bytes.subarray(stated, stated + FILE_END.length + 7).indexOf(FILE_END) >= 0) return bytes.subarray(start, stated);
  const rest = bytes.subarray(start, next);
  const end = rest.indexOf(FILE_END);
  return end < 0 ? rest : rest.subarray(0, end);
}

/** The name of an embedded file that runs when it is opened, if the section has one: a text that is nothing else, after
 *  its length. Which file has it stands in records that need not be read: only pictures are never meant. */
function dangerousName(bytes: Buffer): string {
  for (const ending of DANGEROUS_ENDINGS) {
    let found = bytes.indexOf(ending);
    for (let count = 0; found >= 0 && count < MAX_NAMES; count += 1) {
      const end = found + ending.length;
      for (let start = found; start >= Math.max(4, end - MAX_NAME_BYTES); start -= 2) {
        const length = bytes.readUInt32LE(start - 4);
        if (length === end - start || length === end - start + 2) {
          return latin1(bytes, start, end).replaceAll("\0", "");
        }
      }
      found = bytes.indexOf(ending, end);
    }
  }
  return "";
}

function isPicture(bytes: Buffer): boolean {
  return PICTURE.test(latin1(bytes, 0, 8)) || latin1(bytes, 40, 44) === " EMF";
}

/** {7B5C52E4-D88C-4DA7-AEB1-5378D02996D3} for .one, {43FF2FA1-EFD9-4C76-9EE2-10EA5722765F} for .onetoc2. */
const SECTION_FORMATS = [
  Buffer.from("e4525c7b8cd8a74daeb15378d02996d3", "hex"),
  Buffer.from("a12fff43d9ef764c9ee210ea5722765f", "hex"),
];
/** {BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC} and {71FBA722-0F79-4A0B-BB13-899256426B24} */
const FILE_DATA = Buffer.from("e716e3bd65261145a4c48d4d0b7a9eac", "hex");
const FILE_END = Buffer.from("22a7fb71790f0b4abb13899256426b24", "hex");
const HEADER_BYTES = 36;
/** {638DE92F-A6D4-4BC1-9A36-B3FC2511A5B7}, where the other form has its own. */
const PACKAGED = Buffer.from("2fe98d63d4a6c14b9a36b3fc2511a5b7", "hex");
const PACKAGED_AT = 48;
const MAX_PACKAGED = 8;
/** Compound files, shortcuts, programs by the words of their first part. */
const PACKAGED_FILES: readonly (readonly [Buffer, boolean])[] = [
  [COMPOUND_MAGIC, false],
  [Buffer.from("4c0000000114020000000000c000000000000046", "hex"), true],
  [Buffer.from("!This program cannot be run in DOS mode", "latin1"), true],
];
const MAX_NAME_BYTES = 520;
const MAX_NAMES = 20;
const DANGEROUS_ENDINGS = [
  "exe",
  "bat",
  "cmd",
  "vbs",
  "js",
  "jse",
  "hta",
  "lnk",
  "ps1",
  "wsf",
  "scr",
  "chm",
  "msi",
].map((ending) => Buffer.from(`.${ending}`, "utf16le"));
const PICTURE = /^(?:\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\0|MM\0\*|RIFF|\xd7\xcd\xc6\x9a)/;
