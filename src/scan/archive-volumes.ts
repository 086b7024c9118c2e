/** Archives that a sender has split over several attachments of one message: what none of the pieces shows by itself is
 *  put together as the archivers of its readers do, by the names of the pieces. */
import { archiveLimits } from "../core/scan-limits.ts";
import type { Budget } from "./budget.ts";
import type { Content } from "./engine.ts";
import type { Inspection, Place } from "./inspection.ts";

export class ArchiveVolumes {
  /** By what all names of a set have in common. */
  readonly #sets = new Map<string, Map<number, Volume>>();
  #count = 0;

  /** Keeps content that is called like one volume of several. */
  add(content: Content, place: Place): void {
    if (!CONTENT_ORIGINS.has(content.origin) || content.bytes.length === 0) return;
    for (const { set, number } of volumeNames(content.name)) {
      if (this.#count >= archiveLimits.volumes) return;
      const volumes = this.#sets.get(set) ?? new Map<number, Volume>();
      // Of two that are called the same, the first: readers ask before they overwrite it.
      if (volumes.has(number)) continue;
      this.#sets.set(set, volumes.set(number, { content, place }));
      this.#count += 1;
    }
  }

  /** Looks at every set as the one archive that it is. */
  inspect(inspection: Inspection, budget: Budget): void {
    for (const volumes of this.#sets.values()) {
      const [first, ...others] = [...volumes].sort(([one], [other]) => one - other).map(([, volume]) => volume);
      if (first === undefined) continue;
      const { content, place } = first;
      // Without its beginning it looks like nothing.
      const isLater = LATER_VOLUME.test(content.name);
      if (isLater) inspection.reason(place, "partial", "the first volume of the archive is not here");
      if (isLater || others.length === 0) continue;
      const contents = others.map((volume) => volume.content.bytes);
      budget.beginPart();
      // Each volume of a RAR archive has a header of its own, and 7-Zip asks for the next one; others are just cut.
      const isCut = !isRar(content.bytes);
      const bytes = isCut ? Buffer.concat([content.bytes, ...contents]) : content.bytes;
      if (isCut && !budget.takeView(bytes.length)) {
        inspection.reason(place, "limit-views", "volumes of an archive");
        continue;
      }
      const name = content.name.replace(VOLUME_ENDING, "");
      const joined: Content = { bytes, origin: "entry", name, container: "volumes", parent: content };
      inspection.inspect(isCut ? joined : { ...joined, volumes: contents }, place);
    }
  }
}

interface Volume {
  readonly content: Content;
  readonly place: Place;
}

/** Every set that a name may belong to, and its place in it: `.part1.rar`; `.rar` before `.r00`; `.001`; `.z01` before
 *  `.zip`. The case of a name is no matter where such archives are opened. */
function volumeNames(name: string): { set: string; number: number }[] {
  const lower = name.trim().toLowerCase();
  const numbered = /^(.*)\.part(\d{1,5})\.(?:rar|exe|sfx)$/s.exec(lower);
  if (numbered !== null) return [volume("part", numbered[1], Number(numbered[2]))];
  const dotted = /^(.*)\.([a-z]?)(\d{2,5})$/s.exec(lower);
  if (dotted !== null) {
    const [, base, letter = "", digits] = dotted;
    if (letter === "") return [volume("split", base, Number(digits))];
    // After .r99 comes .s00.
    if (letter >= "r" && letter < "z") return [volume("rar", base, oldNumber(letter, digits))];
    return letter === "z" ? [volume("zip", base, Number(digits))] : [];
  }
  const single = /^(.*)\.(rar|exe|zip)$/s.exec(lower);
  if (single === null) return [];
  return single[2] === "zip" ? [volume("zip", single[1], LAST)] : [volume("rar", single[1], 0)];
}

function volume(kind: string, base = "", number = 0): { set: string; number: number } {
  return { set: `${kind}\n${base}`, number };
}

function oldNumber(letter: string, digits: string | undefined): number {
  return 1 + (letter.charCodeAt(0) - "r".charCodeAt(0)) * 100 + Number(digits);
}

/** Also behind a program that opens it. */
function isRar(bytes: Buffer): boolean {
  return bytes.subarray(0, RAR.length).equals(RAR) || (bytes[0] === 0x4d && bytes[1] === 0x5a && bytes.includes(RAR));
}

/** The content of parts, with a transfer encoding or without. */
const CONTENT_ORIGINS: ReadonlySet<string> = new Set(["decoded", "text"]);
const VOLUME_ENDING = /\.(?:part\d{1,5}\.(?:rar|exe|sfx)|[a-z]?\d{2,5}|rar|exe|zip)$/i;
/** A number that is not the first after the name of an archive. */
const LATER_VOLUME = /\.(?:7z|zip|rar|tar|tgz|gz|bz2|xz|zst|iso|img|exe)\.(?!00[01]$)\d{3}$/i;
const LAST = Number.MAX_SAFE_INTEGER;
const RAR = Buffer.from("526172211a07", "hex");
