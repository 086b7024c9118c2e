/** Methods of packing in zip archives that only 7-Zip knows: it is given the member in an archive of its own. */
import type { Budget } from "../../budget.ts";
import type { SevenZip } from "./seven-zip.ts";

export interface ForeignMember {
  readonly method: number;
  readonly packed: Buffer;
  /** As a header says; some methods can not do without. */
  readonly size: number;
  readonly flags: number;
}

/** Undefined when 7-Zip does not know the method either, is not here, or has been run too often. */
export function unpackForeign(
  member: ForeignMember,
  budget: Budget,
  sevenZip: SevenZip | undefined,
): { bytes: Buffer; problem: "limit-bytes" | "damaged" | undefined } | undefined {
  if (sevenZip === undefined || !FOREIGN_METHODS.has(member.method) || !budget.takeRun()) return undefined;
  const keptBytes = budget.outputBytes;
  const result = sevenZip.extract(archiveOf(member), {
    format: "zip",
    password: "",
    without: [],
    limits: {
      files: MAX_FILES,
      keptBytes,
      stop: (writtenBytes) => {
        if (budget.isOutOfTime()) return "limit-time";
        return writtenBytes > keptBytes ? "limit-bytes" : undefined;
      },
    },
  });
  const [file] = result.files;
  if (file === undefined || result.unsupported.length > 0) return undefined;
  const isLarge = file.isCut || result.stopped !== undefined || result.isOutOfMemory;
  const isDamaged = result.damaged.length > 0 || result.crash !== undefined;
  return { bytes: file.bytes, problem: isLarge ? "limit-bytes" : isDamaged ? "damaged" : undefined };
}

/** A zip archive with this member alone; its checksum is unknown, so 7-Zip complains of it whatever it is. */
function archiveOf({ method, packed, size, flags }: ForeignMember): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(63, 0);
  fields.writeUInt16LE(flags & PACKING_FLAGS, 2);
  fields.writeUInt16LE(method, 4);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(NAME.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, NAME, packed]);
  const central = Buffer.concat([Buffer.from("PK\x01\x02\x3f\0", "latin1"), fields, Buffer.alloc(14), NAME]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

/** The member and the folder that it is put in. */
const MAX_FILES = 4;
const NAME = Buffer.from("member");
const PACKING_FLAGS = 6;
/** Shrink, implode, Deflate64, BZip2, LZMA, XZ, PPMd (APPNOTE 4.4.5). */
const FOREIGN_METHODS: ReadonlySet<number> = new Set([1, 6, 9, 12, 14, 95, 98]);
