/** What files begin with, as far as it takes to tell a decoding that makes sense from one that does not. */

/** Archives, disk images, programs and documents: what is worth hiding. */
export function startsLikeCargo(bytes: Buffer): boolean {
  return startsWithOne(bytes, CARGO);
}

/** Any file that is worth decoding. */
export function startsLikeFile(bytes: Buffer): boolean {
  return startsLikeCargo(bytes) || startsWithOne(bytes, TEXTS);
}

/** Pictures, fonts, sound, moving pictures and WebAssembly: what pages have in themselves. */
export function startsLikePageContent(bytes: Buffer): boolean {
  return startsWithOne(bytes, PAGE_CONTENT) || bytes.subarray(4, 8).equals(MPEG4);
}

function startsWithOne(bytes: Buffer, starts: readonly Buffer[]): boolean {
  return starts.some((start) => bytes[0] === start[0] && bytes.subarray(0, start.length).equals(start));
}

function octets(starts: readonly string[]): Buffer[] {
  return starts.map((start) => Buffer.from(start, "latin1"));
}

const CARGO = octets([
  ...["MZ", "PK\x03\x04", "%PDF", "Rar!", "MSCF", "{\\rt", "BZh", "\x7fELF", "ITSF", "L\0\0\0", "!<arch>"],
  ...["\xd0\xcf\x11\xe0", "\x1f\x8b\x08", "7z\xbc\xaf", "\xfd7zXZ", "\xe4\x52\x5c\x7b", "conectix", "vhdxfile"],
]);
const TEXTS = octets(["<!DOC", "<html", "<HTML", "<svg", "<scri", "<?xml", "MIME-", "From:", "\xff\xfe", "X5O!"]);
const PAGE_CONTENT = octets([
  ...["\x89PNG", "\xff\xd8\xff", "GIF8", "RIFF", "BM", "\0\0\x01\0", "II*\0", "MM\0*", "<svg", "<?xml"],
  ...["wOFF", "wOF2", "OTTO", "\0\x01\0\0", "ID3", "OggS", "fLaC", "\x1aE\xdf\xa3", "\0asm"],
]);
const MPEG4 = Buffer.from("ftyp", "latin1");
