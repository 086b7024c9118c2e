/** What a compressed file is called inside: as outside, without the ending that says how it is compressed. */

export function innerName(name: string): string {
  return name.replace(SHORT_ENDINGS, ".tar").replace(ENDINGS, "");
}

const SHORT_ENDINGS = /\.(?:tgz|taz|tbz2?|txz|tlz|tzst)$/i;
const ENDINGS = /\.(?:gz|z|bz2?|xz|lzma|lz|zst|pmd|lz4)$/i;
