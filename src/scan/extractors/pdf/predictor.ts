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
    const row = bytes.subarray(start + 1, start + 1 + rowBytes);
    undoPngRow(row, bytes[start] ?? 0, out, written, written - rowBytes, pixelBytes);
    written += row.length;
  }
  return out;
}

/** `above` is where the row before begins; negative in the first row, which has zeros above it. */
function undoPngRow(row: Buffer, kind: number, out: Buffer, start: number, above: number, pixelBytes: number): void {
  for (let index = 0; index < row.length; index += 1) {
    const left = index >= pixelBytes ? (out[start + index - pixelBytes] ?? 0) : 0;
    const up = above >= 0 ? (out[above + index] ?? 0) : 0;
    const upLeft = above >= 0 && index >= pixelBytes ? (out[above + index - pixelBytes] ?? 0) : 0;
    out[start + index] = (row[index] ?? 0) + predicted(kind, left, up, upLeft);
  }
}

function predicted(kind: number, left: number, up: number, upLeft: number): number {
  switch (kind) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const [fromLeft, fromUp] = [Math.abs(up - upLeft), Math.abs(left - upLeft)];
      const fromUpLeft = Math.abs(left + up - 2 * upLeft);
      if (fromLeft <= fromUp && fromLeft <= fromUpLeft) return left;
      return fromUp <= fromUpLeft ? up : upLeft;
    }
    default:
      return 0;
  }
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
  const perOctet = 8 / bits;
  const mask = (1 << bits) - 1;
  const before = new Uint8Array(colors);
  const samples = row.length * perOctet;
  for (let index = 0; index < samples; index += 1) {
    const at = Math.floor(index / perOctet);
    const shift = 8 - bits * ((index % perOctet) + 1);
    const octet = row[at] ?? 0;
    const color = index % colors;
    const value = ((octet >> shift) + (before[color] ?? 0)) & mask;
    before[color] = value;
    row[at] = (octet & ~(mask << shift)) | (value << shift);
  }
}

function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}

const BITS: ReadonlySet<number> = new Set([1, 2, 4, 8, 16]);
const MAX_COLORS = 1_000;
const MAX_COLUMNS = 100_000_000;
