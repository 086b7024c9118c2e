/** A message with edits applied. */
import type { Edit } from "../core/model.ts";

/** The edits are ascending and do not overlap. */
export function applyEdits(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const pieces: Uint8Array[] = [];
  let position = 0;
  for (const edit of edits) {
    pieces.push(bytes.subarray(position, edit.start), edit.bytes);
    position = edit.end;
  }
  pieces.push(bytes.subarray(position));
  return Buffer.concat(pieces);
}
