/** The streams of one compound file by the storages they are in, and what reading them may cost. */
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";
import type { CompoundEntry } from "./compound-directory.ts";
import { CompoundFile } from "./compound-file.ts";
import { readableName } from "./stream-name.ts";

/** What is directly in a storage. Streams by their readable names in lower case: Windows compares them so. */
export interface Storage {
  readonly entry: CompoundEntry | undefined;
  readonly name: string;
  readonly classId: string;
  readonly streams: ReadonlyMap<string, CompoundEntry>;
  readonly storages: readonly CompoundEntry[];
}

export class CompoundContents {
  readonly sink: ExtractorSink;
  readonly budget: Budget;
  /** Outer ones first; the last is that of entries outside the tree, when there are any. */
  readonly storages: readonly Storage[];
  readonly isCut: boolean;
  readonly #file: CompoundFile;
  readonly #byEntry: ReadonlyMap<CompoundEntry | undefined, Storage>;
  readonly #read = new Map<CompoundEntry, Buffer>();
  /** Octets that streams may have in all before they count as output: as many as the file, which is what streams without
   *  overlap have. Chains that overlap multiply a file, and a file can be made that is in itself. */
  #freeBytes: number;

  constructor(bytes: Buffer, sink: ExtractorSink, budget: Budget) {
    this.sink = sink;
    this.budget = budget;
    this.#file = new CompoundFile(bytes, budget.options.entries);
    this.isCut = this.#file.isCut;
    this.#freeBytes = bytes.length;
    this.storages = groupByStorage(this.#file.entries);
    this.#byEntry = new Map(this.storages.map((storage) => [storage.entry, storage]));
  }

  /** The stream's octets; none when there is no such stream, or no allowance for it. */
  read(entry: CompoundEntry | undefined): Buffer {
    if (entry === undefined) return NOTHING;
    let content = this.#read.get(entry);
    if (content === undefined) {
      content = this.#readOnce(entry);
      this.#read.set(entry, content);
    }
    return content;
  }

  /** The names of the storages around it and its own, for people. */
  pathOf(entry: CompoundEntry): string {
    const names = [readableName(entry.name)];
    for (let outer = entry.parent; outer !== undefined && outer.kind !== "root"; outer = outer.parent) {
      if (names.length >= MAX_PATH_NAMES) break;
      names.unshift(readableName(outer.name));
    }
    return names.join("/");
  }

  /** The storage that an entry is. */
  storageOf(entry: CompoundEntry): Storage | undefined {
    return this.#byEntry.get(entry);
  }

  /** The octets are read again when they are needed again: large ones are not kept for nothing. */
  forget(entry: CompoundEntry): void {
    this.#read.delete(entry);
  }

  #readOnce(entry: CompoundEntry): Buffer {
    const allowed = this.#freeBytes + this.budget.outputBytes;
    const content = allowed > 0 ? this.#file.read(entry) : NOTHING;
    const given = content.length > allowed ? content.subarray(0, allowed) : content;
    if (given.length < content.length || (allowed <= 0 && entry.bytes > 0)) {
      this.sink.reason("limit-bytes", this.pathOf(entry));
    }
    const free = Math.min(this.#freeBytes, given.length);
    this.#freeBytes -= free;
    this.budget.takeOutput(given.length - free);
    return given;
  }
}

function groupByStorage(entries: readonly CompoundEntry[]): Storage[] {
  const groups = new Map<
    CompoundEntry | undefined,
    { streams: Map<string, CompoundEntry>; storages: CompoundEntry[] }
  >();
  const groupOf = (entry: CompoundEntry | undefined) => {
    let group = groups.get(entry);
    if (group === undefined) {
      group = { streams: new Map(), storages: [] };
      groups.set(entry, group);
    }
    return group;
  };
  for (const entry of entries) if (entry.kind !== "stream") groupOf(entry);
  for (const entry of entries) {
    if (entry.kind === "root") continue;
    const { streams, storages } = groupOf(entry.parent);
    if (entry.kind === "storage") storages.push(entry);
    else addStream(streams, entry);
  }
  return [...groups].map(([entry, group]) => ({
    entry,
    name: readableName(entry?.name ?? ""),
    classId: entry?.classId ?? "",
    ...group,
  }));
}

/** The first one has the name; another one of that name gets one of its own. */
function addStream(streams: Map<string, CompoundEntry>, entry: CompoundEntry): void {
  const name = readableName(entry.name).toLowerCase();
  streams.set(streams.has(name) ? `${name}\0${streams.size}` : name, entry);
}

const NOTHING = Buffer.alloc(0);
const MAX_PATH_NAMES = 16;
