/** A message in memory. */
import type { MessageSource } from "../scan/judge.ts";

/** The octets of `pieces`, joined. They must not change any more. */
export function bufferSource(pieces: readonly Uint8Array[]): MessageSource {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  const only = pieces.length === 1 ? pieces[0] : undefined;
  return {
    bytes,
    isStable: true,
    ...(only !== undefined && { whole: () => only }),
    async *chunks() {
      yield* pieces;
    },
  };
}
