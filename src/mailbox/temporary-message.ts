/** A long message that came through a pipe, in a temporary file without a name. */
import { randomBytes } from "node:crypto";
import { openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LongMessage } from "./mailbox-reader.ts";
import { SharedFile } from "./shared-file.ts";

/** An empty one in `directory`. Throws system errors. */
export function openTemporaryMessage(directory: string): LongMessage {
  const path = join(directory, `mailward-${randomBytes(12).toString("hex")}`);
  // "wx" never follows what somebody else has put there.
  const file = new SharedFile(openSync(path, "wx+", 0o600));
  unlinkSync(path);
  let base: number | undefined;
  return {
    append(bytes, position) {
      base ??= position;
      writeWhole(file.fd, bytes, position - base);
    },
    stretch: (start, end) => file.stretch(start - (base ?? 0), end - (base ?? 0)),
    close: () => file.release(),
  };
}

function writeWhole(fd: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}
