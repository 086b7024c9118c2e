/** The pieces of a message that a scanner of files should see, on their way from a scan thread to the engines in other
 *  programs: in one memory, each content once. */
import { hash } from "node:crypto";
import type { Piece } from "../engine.ts";
import type { RemotePiece, RemotePlace } from "./remote-engine.ts";

export interface PackedPieces {
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly pieces: readonly { readonly end: number; readonly places: readonly RemotePlace[] }[];
  /** There was more than is collected. */
  readonly isCut: boolean;
}

/** Packs what is not plainly in the message or in another piece: text that stands there as it is. What does not look
 *  like text is a file, wherever it stands, and its digest may be what an engine knows. */
export function packPieces(message: Buffer, pieces: readonly Piece[], isCut: boolean): PackedPieces {
  const chosen = new Map<ArrayBufferLike, Buffer[]>([[message.buffer, [message]]]);
  const places = new Map<string, RemotePlace[]>();
  const bytesOf = new Map<RemotePlace[], Buffer>();
  for (const { content, part, path } of pieces) {
    const { bytes, origin } = content;
    // The decoding of quoted text is a piece of its own.
    if (origin === "quoted" || (isInAny(bytes, chosen.get(bytes.buffer)) && looksLikeText(bytes))) continue;
    const key = `${bytes.length}:${hash("sha256", bytes, "base64")}`;
    const known = places.get(key);
    if (known !== undefined) {
      known.push({ part, path });
      continue;
    }
    const first = [{ part, path }];
    places.set(key, first);
    bytesOf.set(first, bytes);
    const neighbours = chosen.get(bytes.buffer);
    if (neighbours === undefined) chosen.set(bytes.buffer, [bytes]);
    else neighbours.push(bytes);
  }
  return { ...join(bytesOf), isCut };
}

/** The pieces again; views of the packed memory. */
export function unpackPieces({ octets, pieces }: PackedPieces): RemotePiece[] {
  let start = 0;
  return pieces.map(({ end, places }) => {
    const bytes = Buffer.from(octets.buffer, octets.byteOffset + start, end - start);
    start = end;
    return { places, bytes };
  });
}

function join(contents: ReadonlyMap<RemotePlace[], Buffer>): Pick<PackedPieces, "octets" | "pieces"> {
  let total = 0;
  for (const bytes of contents.values()) total += bytes.length;
  const octets = new Uint8Array(total);
  const pieces: { end: number; places: readonly RemotePlace[] }[] = [];
  let end = 0;
  for (const [places, bytes] of contents) {
    octets.set(bytes, end);
    end += bytes.length;
    pieces.push({ end, places });
  }
  return { octets, pieces };
}

/** Whether octets are some of those of one of the others, which are in the same memory. */
function isInAny(inner: Buffer, others: readonly Buffer[] = []): boolean {
  const { byteOffset, length } = inner;
  return others.some(
    (outer) => outer.byteOffset <= byteOffset && byteOffset + length <= outer.byteOffset + outer.length,
  );
}

/** No NUL anywhere, and no other control character at the beginning. */
function looksLikeText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  const end = Math.min(bytes.length, LOOKED_AT_BYTES);
  for (let index = 0; index < end; index += 1) {
    const octet = bytes[index] ?? 0;
    if (octet < 0x20 && !TEXT_CONTROLS.has(octet)) return false;
  }
  return true;
}

const LOOKED_AT_BYTES = 1_024;
/** TAB, LF, FF, CR, ESC (ISO-2022 charsets). */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);
