/** Reads Windows shortcuts [MS-SHLLINK]: what they start, with what, and what stands behind them in the file. */
import { latin1, utf16 } from "../../../core/bytes.ts";

export interface ShortcutFile {
  /** The paths and texts, one a line, as they are and without the padding that hides their ends. */
  readonly text: string;
  /** What is started: paths of all kinds. */
  readonly targets: readonly string[];
  readonly commandLine: string;
  /** Octets behind the shortcut's end. */
  readonly overlay: Buffer;
}

/** `bytes` begin with the header. Every length ends where the octets do. */
export function readShortcut(bytes: Buffer): ShortcutFile {
  return new ShortcutReader(bytes).read();
}

export function isShortcut(bytes: Buffer): boolean {
  return bytes.length >= HEADER_BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

class ShortcutReader {
  readonly #bytes: Buffer;
  readonly #flags: number;
  #position = HEADER_BYTES;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#flags = bytes.readUInt32LE(20);
  }

  read(): ShortcutFile {
    const targets: string[] = [];
    if (this.#has(HAS_ID_LIST)) targets.push(...texts(this.#block(2)));
    if (this.#has(HAS_LINK_INFO)) targets.push(...texts(this.#linkInfo()));
    const [name, relativePath, workingFolder, commandLine, icon] = STRINGS.map((flag) =>
      this.#has(flag) ? this.#string() : "",
    );
    if (relativePath) targets.push(relativePath);
    const isRead = this.#position;
    targets.push(...this.#extraData());
    const lines = [...targets, name, workingFolder, commandLine, icon].filter((line) => line);
    return {
      text: lines.join("\n"),
      targets,
      commandLine: commandLine ?? "",
      overlay: this.#bytes.subarray(Math.max(isRead, this.#position)),
    };
  }

  #has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }

  /** What follows its length, which has `lengthBytes` octets. */
  #block(lengthBytes: 2 | 4): Buffer {
    if (this.#position + lengthBytes > this.#bytes.length) return this.#rest();
    const length = this.#bytes.readUIntLE(this.#position, lengthBytes);
    const start = this.#position + lengthBytes;
    this.#position = Math.min(this.#bytes.length, start + length);
    return this.#bytes.subarray(start, this.#position);
  }

  /** Its length counts itself. */
  #linkInfo(): Buffer {
    const start = this.#position;
    if (start + 4 > this.#bytes.length) return this.#rest();
    this.#position = Math.min(this.#bytes.length, start + Math.max(4, this.#bytes.readUInt32LE(start)));
    return this.#bytes.subarray(start + 4, this.#position);
  }

  #string(): string {
    const start = this.#position + 2;
    if (start > this.#bytes.length) return "";
    const isWide = this.#has(IS_UNICODE);
    const length = this.#bytes.readUInt16LE(this.#position) * (isWide ? 2 : 1);
    this.#position = Math.min(this.#bytes.length, start + length);
    return (isWide ? utf16 : latin1)(this.#bytes, start, this.#position);
  }

  /** Blocks of length, kind and data until one is shorter than its length. */
  #extraData(): string[] {
    const found: string[] = [];
    while (this.#position + 4 <= this.#bytes.length) {
      const length = this.#bytes.readUInt32LE(this.#position);
      if (length < 8) {
        this.#position += 4;
        break;
      }
      const kind = this.#position + 8 > this.#bytes.length ? 0 : this.#bytes.readUInt32LE(this.#position + 4);
      // No block of extra data: what follows was put there by somebody else.
      if (kind >>> 16 !== EXTRA_DATA) break;
      const data = this.#bytes.subarray(this.#position + 8, this.#position + length);
      if (PATH_BLOCKS.has(kind & 0xffff)) found.push(...texts(data));
      this.#position = Math.min(this.#bytes.length, this.#position + length);
    }
    return found;
  }

  #rest(): Buffer {
    const rest = this.#bytes.subarray(this.#position);
    this.#position = this.#bytes.length;
    return rest;
  }
}

/** Runs of printable characters, in octets and in UTF-16. */
function texts(bytes: Buffer): string[] {
  const text = latin1(bytes, 0, MAX_BLOCK_BYTES);
  const found: string[] = [];
  for (const [run] of text.matchAll(/(?:[ -~\x80-\xff]\0){3,}|[ -~\x80-\xff]{3,}/g))
    found.push(run.replaceAll("\0", ""));
  return found;
}

/** Header length and class identifier. */
const MAGIC = Buffer.from("4c0000000114020000000000c000000000000046", "hex");
const HEADER_BYTES = 76;
const HAS_ID_LIST = 1;
const HAS_LINK_INFO = 2;
/** Name, relative path, working folder, arguments, icon. */
const STRINGS = [4, 8, 16, 32, 64];
const IS_UNICODE = 128;
const EXTRA_DATA = 0xa000;
/** Environment variables, icon with variables, Darwin (installer). */
const PATH_BLOCKS = new Set([1, 7, 6]);
const MAX_BLOCK_BYTES = 64 * 1024;
