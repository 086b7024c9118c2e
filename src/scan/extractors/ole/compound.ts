/** Opens compound files: Office's binary documents, objects in documents, macro projects, Outlook's messages, installers.
 *  Every stream is looked at by itself, because in the file its octets need not stand together. */

import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { readEncryptedPackage } from "../office-encryption/encrypted-package.ts";
import { readMessageStorage } from "../outlook/message-storage.ts";
import { readPowerPoint } from "../powerpoint/powerpoint-document.ts";
import { readVbaProject } from "../vba/vba-storage.ts";
import { readWordDocument } from "../word/word-document.ts";
import { CompoundContents, type Storage } from "./compound-contents.ts";
import type { CompoundEntry } from "./compound-directory.ts";
import { COMPOUND_MAGIC } from "./compound-file.ts";
import { readObjectStorage } from "./object-storage.ts";
import { oldObjectExtractor } from "./old-object.ts";

export const compoundExtractor: Extractor = {
  name: "ole",
  mayMatch: (survey) => (survey & SIGNS.high) !== 0,
  matches: ({ bytes }) => magicPosition(bytes) >= 0,
  extract({ bytes }, sink, budget) {
    const contents = new CompoundContents(bytes.subarray(magicPosition(bytes)), sink, budget);
    // Without a directory nobody opens the file; its octets are looked at as they stand.
    const done = new Set<CompoundEntry>();
    for (const storage of contents.storages) {
      for (const read of STORAGE_READERS) {
        for (const entry of read(storage, contents)) done.add(entry);
      }
    }
    for (const storage of contents.storages) {
      for (const entry of storage.streams.values()) {
        if (!done.has(entry) && !handOn(entry, contents)) return;
      }
    }
    if (contents.isCut) sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
  },
};

/** What knows the streams of one format; the result are those that need not be looked at once more. */
type StorageReader = (storage: Storage, contents: CompoundContents) => readonly CompoundEntry[];

const STORAGE_READERS: readonly StorageReader[] = [
  readVbaProject,
  readObjectStorage,
  readMessageStorage,
  readEncryptedPackage,
  readWordDocument,
  readPowerPoint,
];

/** Whether to go on. */
function handOn(entry: CompoundEntry, contents: CompoundContents): boolean {
  const { sink, budget } = contents;
  if (!budget.takeEntry()) {
    sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
    return false;
  }
  if (budget.isOutOfTime()) {
    sink.reason("limit-time", contents.pathOf(entry));
    return false;
  }
  const content = contents.read(entry);
  contents.forget(entry);
  if (content.length > 0) sink.entry(contents.pathOf(entry), content);
  return true;
}

/** At the beginning, or behind a little that broken objects have in front. Objects that are not give the file by
 *  themselves: read in two ways on every level, objects in objects would take twice as long with each. */
function magicPosition(bytes: Buffer): number {
  const position = bytes.subarray(0, MAX_PREFIX_BYTES).indexOf(COMPOUND_MAGIC);
  return position > 0 && oldObjectExtractor.matches({ bytes, origin: "entry", name: "" }) ? -1 : position;
}

const MAX_PREFIX_BYTES = 4096;
