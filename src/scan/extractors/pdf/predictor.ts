/** Undoes the predictors of Flate and LZW (ISO 32000-2 §7.4.4.4): those of PNG, row by row, and that of TIFF. */

export interface PredictorParameters {
  readonly predictor: number;
  readonly colors: number;
  readonly bits: number;
  readonly columns: number;
}

/** The octets as they were before; `bytes` itself when the parameters ask for nothing or are none. May write to `bytes`. */
export function undoPredictor(bytes: Buffer, { predictor, colors, bits, columns }: PredictorParameters): Buffer {
  if (predictor < 2 || !BITS.has(bits) || !isCount(colors, MAX_COLORS) || !isCount(columns, MAX_COLUMNS)) return bytes;
  const rowBytes = Math.ceil((colors * bits * columns) / 8);
  const pixelBytes = Math.max(1, (colors * bits) >> 3);
  if (predictor >= 10) return undoPng(bytes, rowBytes, pixelBytes);
  return predictor === 2 ? undoTiff(bytes, rowBytes, colors, bits) : bytes;
}

function undoPng(bytes: Buffer, rowBytes: number, pixelBytes: number): Buffer {
  const rows = Math.ceil(bytes.length / (rowBytes + 1));
  const out = Buffer.alloc(bytes.length - rows);
  let written = 0;
  for (let start = 0; start < bytes.length; start += rowBytes + 1) {
    const end = Math.min(bytes.length, start + 1 + rowBytes);
    undoPngRow(bytes, start, end, { out, start: written, above: written - rowBytes, pixelBytes });
    written += end - start - 1;
  }
  return out;
}

interface PngRow {
  readonly out: Buffer;
  readonly start: number;
  /** Where the row before begins; negative in the first row, which has zeros above it. */
  readonly above: number;
  readonly pixelBytes: number;
}

/** The row is in [rowStart, end), and its first octet is the kind of prediction. */
function undoPngRow(bytes: Buffer, rowStart: number, end: number, { out, start, above, pixelBytes }: PngRow): void {
  const kind = bytes[rowStart] ?? 0;
  const first = rowStart + 1;
  if (kind === 0 || kind > 4) {
    bytes.copy(out, start, first, end);
    return;
  }
  for (let index = 0; index < end - first; index += 1) {
    const hasLeft = index >= pixelBytes;
    const left = hasLeft ? (out[start + index - pixelBytes] ?? 0) : 0;
    const up = above >= 0 ? (out[above + index] ?? 0) : 0;
    let guess = left;
    if (kind === 2) guess = up;
    else if (kind === 3) guess = (left + up) >> 1;
    else if (kind === 4) guess = paeth(left, up, hasLeft && above >= 0 ? (out[above + index - pixelBytes] ?? 0) : 0);
    out[start + index] = (bytes[first + index] ?? 0) + guess;
  }
}

function paeth(left: number, up: number, upLeft: number): number {
  const fromLeft = Math.abs(up - upLeft);
  const fromUp = Math.abs(left - upLeft);
  const fromUpLeft = Math.abs(left + up - 2 * upLeft);
  if (fromLeft <= fromUp && fromLeft <= fromUpLeft) return left;
  return fromUp <= fromUpLeft ? up : upLeft;
}

function undoTiff(bytes: Buffer, rowBytes: number, colors: number, bits: number): Buffer {
  for (let start = 0; start < bytes.length; start += rowBytes) {
    const row = bytes.subarray(start, start + rowBytes);
    if (bits === 8)
      for (let index = colors; index < row.length; index += 1)
        row[index] = (row[index] ?? 0) + (row[index - colors] ?? 0);
    else if (bits === 16) undoWideRow(row, colors);
    else undoNarrowRow(row, colors, bits);
  }
  return bytes;
}

function undoWideRow(row: Buffer, colors: number): void {
  for (let index = colors * 2; index + 1 < row.length; index += 2) {
    row.writeUInt16BE((row.readUInt16BE(index) + row.readUInt16BE(index - colors * 2)) & 0xffff, index);
  }
}

/** Samples of 1, 2 or 4 bits, the highest first. */
function undoNarrowRow(row: Buffer, colors: number, bits: number): void {
  const mask = (1 << bits) - 1;
  const before = new Uint8Array(colors);
  let color = 0;
  for (let index = 0; index < row.length; index += 1) {
    const octet = row[index] ?? 0;
    let sum = 0;
    for (let shift = 8 - bits; shift >= 0; shift -= bits) {
      const value = ((octet >> shift) + (before[color] ?? 0)) & mask;
      before[color] = value;
      sum |= value << shift;
      color = color + 1 === colors ? 0 : color + 1;
    }
    row[index] = sum;
  }
}

function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}

const BITS: ReadonlySet<number> = new Set([1, 2, 4, 8, 16]);
/** A row of which every octet is a color has no prediction. */
const MAX_COLORS = 1_000;
const MAX_COLUMNS = 100_000_000;
