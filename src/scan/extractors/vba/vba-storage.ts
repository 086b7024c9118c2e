/** Reads the VBA project in a storage of a compound file: the source of its modules as text, whether or not the project
 *  describes them truthfully. */
import { fromLatin1, latin1 } from "../../../core/bytes.ts";
import type { CompoundContents, Storage } from "../ole/compound-contents.ts";
import type { CompoundEntry } from "../ole/compound-directory.ts";
import { analyseMacros, isStomped } from "./macro-analysis.ts";
import { decompressVba, findModuleSource } from "./vba-compression.ts";
import { readModules } from "./vba-project.ts";

/** Hands on the modules' source; the streams themselves remain, for they hold compiled code too. */
export function readVbaProject(storage: Storage, contents: CompoundContents): CompoundEntry[] {
  const directory = storage.streams.get("dir");
  const isProject =
    directory !== undefined || storage.streams.has("_vba_project") || storage.name.toLowerCase() === "vba";
  if (isProject) new VbaStorageReader(storage, contents).run(directory);
  return [];
}

class VbaStorageReader {
  readonly #storage: Storage;
  readonly #contents: CompoundContents;
  readonly #sources: string[] = [];
  /** Compiled code of the modules. */
  readonly #compiled: string[] = [];

  constructor(storage: Storage, contents: CompoundContents) {
    this.#storage = storage;
    this.#contents = contents;
  }

  run(directory: CompoundEntry | undefined): void {
    const { sink, budget } = this.#contents;
    const done = new Set<CompoundEntry>();
    const listed = this.#decompress(directory, 0);
    if (listed !== undefined) {
      sink.entry("dir", listed);
      for (const { name, streamName, sourceOffset } of readModules(listed, budget.options.entries)) {
        const entry = this.#storage.streams.get(streamName.toLowerCase());
        if (entry === undefined || done.has(entry)) continue;
        done.add(entry);
        this.#readModule(entry, name, sourceOffset);
      }
    }
    for (const [name, entry] of this.#storage.streams) {
      if (!done.has(entry) && entry !== directory) this.#readModule(entry, name, -1);
    }
    this.#judge();
  }

  /** At the offset that the project gives, or where source begins by its look. */
  #readModule(entry: CompoundEntry, name: string, offset: number): void {
    const stream = this.#contents.read(entry);
    const isAtOffset = offset >= 0 && offset < stream.length && stream[offset] === 1;
    const start = isAtOffset ? offset : findModuleSource(stream);
    this.#compiled.push(latin1(stream, 0, start < 0 ? stream.length : start));
    const source = this.#decompress(entry, start);
    if (source === undefined || source.length === 0) return;
    this.#sources.push(latin1(source));
    this.#contents.sink.entry(name, source);
  }

  #decompress(entry: CompoundEntry | undefined, start: number): Buffer | undefined {
    const { sink, budget } = this.#contents;
    if (entry === undefined) return undefined;
    if (budget.isOutOfTime()) {
      sink.reason("limit-time", this.#contents.pathOf(entry));
      return undefined;
    }
    const text = decompressVba(this.#contents.read(entry), start, budget.outputBytes);
    if (text === undefined) return undefined;
    budget.takeOutput(text.bytes.length);
    if (text.isCapped) sink.reason("limit-bytes", this.#contents.pathOf(entry));
    return text.bytes;
  }

  #judge(): void {
    const { sink } = this.#contents;
    const source = this.#sources.join("\r\n");
    const { code, isCode, isAutomatic, isDangerous } = analyseMacros(source);
    // Texts that the macro puts together show in no other reading.
    if (JOINED_TEXT.test(source)) sink.entry("macro", fromLatin1(code));
    if (isCode) sink.heuristic("macro");
    const project = this.#contents.read(this.#storage.streams.get("_vba_project"));
    if ((isAutomatic && isDangerous) || isStomped(source, latin1(project), this.#compiled.join("\n"))) {
      sink.heuristic("macro-autorun");
    }
  }
}

const JOINED_TEXT = /"[ \t]*[&+][ \t]*"|\bChr[WB]?\$?[ \t]*\(/i;
