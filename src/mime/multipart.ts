/** The pieces of a multipart body under one boundary (RFC 2046 §5.1). */
import { beforeLineEnd, type Delimiter, type Range } from "./delimiter-lines.ts";

export interface MultipartPieces {
  /** Body parts up to the closing delimiter. */
  readonly parts: readonly Range[];
  /** Body parts that delimiters after the closing one begin: some readers go on. */
  readonly late: readonly Range[];
  /** Preamble and epilogue, empty ones left out. */
  readonly gaps: readonly Range[];
}

/** `body` cut at `delimiters`, which are not empty. A body that is not closed ends its last part. */
export function splitMultipart(bytes: Buffer, body: Range, delimiters: readonly Delimiter[]): MultipartPieces {
  const parts: Range[] = [];
  const late: Range[] = [];
  const gaps: Range[] = [];
  const preambleEnd = delimiters[0]?.start ?? body.end;
  if (preambleEnd > body.start) gaps.push({ start: body.start, end: preambleEnd });
  let isClosed = false;
  for (const [index, delimiter] of delimiters.entries()) {
    const next = delimiters[index + 1];
    const end = next === undefined ? body.end : beforeLineEnd(bytes, next.start, delimiter.end);
    const piece = { start: delimiter.end, end: Math.max(delimiter.end, end) };
    isClosed ||= delimiter.isClosing;
    if (delimiter.isClosing) {
      if (piece.end > piece.start) gaps.push(piece);
    } else if (isClosed) late.push(piece);
    else parts.push(piece);
  }
  return { parts, late, gaps };
}
