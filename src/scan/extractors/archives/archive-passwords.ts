/** Finds the password of an archive that 7-Zip opens among the words that may be it. */
import { passwordLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import { readRar5Encryption } from "./rar5-encryption.ts";
import type { SevenZipResult } from "./seven-zip.ts";
import { readSevenZipEncryption } from "./seven-zip-encryption.ts";

/** How an archive tells a wrong password; the cost of asking it. */
export interface ArchiveLock {
  /** Nothing of the archive can be read without the password. */
  readonly isHeader: boolean;
  /** It asks for so much hashing that even one try would take too long. */
  readonly isTooSlow: boolean;
  readonly cost: number;
  mayOpen(password: string): boolean;
}

/** Undefined when the archive is not encrypted, or when only 7-Zip knows. */
export function readLock(
  format: string,
  archive: Buffer,
  unpackLzma: (stream: Buffer) => Buffer | undefined,
): ArchiveLock | undefined {
  if (format === "7z") {
    const encryption = readSevenZipEncryption(archive, unpackLzma);
    return encryption && lockOf(encryption, encryption.isHeader, passwordLimits.roundsPerCost);
  }
  if (format !== "rar5") return undefined;
  const encryption = readRar5Encryption(archive);
  return encryption && lockOf(encryption, false, passwordLimits.pbkdf2RoundsPerCost);
}

function lockOf(
  { rounds, mayOpen }: { readonly rounds: number; readonly mayOpen: (password: string) => boolean },
  isHeader: boolean,
  roundsPerCost: number,
): ArchiveLock {
  return { isHeader, isTooSlow: !(rounds <= passwordLimits.rounds), cost: rounds / roundsPerCost, mayOpen };
}

/** How trying has ended: with the password of the archive, or with those of some of its files. */
export interface Tried {
  readonly opened: { readonly result: SevenZipResult; readonly password: string } | undefined;
  readonly partly: readonly SevenZipResult[];
}

/** Tries `words` until one opens the archive. `lockedFiles` is how many files are locked without any. */
export function tryPasswords(
  words: readonly string[],
  lock: ArchiveLock | undefined,
  lockedFiles: number,
  budget: Budget,
  open: (password: string) => { readonly result: SevenZipResult; readonly isOpen: boolean },
): Tried {
  const { passwords } = budget;
  const partly: SevenZipResult[] = [];
  const isOver = budget.timer(passwordLimits.timeMs);
  for (const password of passwords.inOrder(words)) {
    if (isOver()) break;
    if (lock !== undefined) {
      if (!passwords.take(lock.cost)) break;
      if (!lock.mayOpen(password)) continue;
    }
    if (!passwords.take(passwordLimits.runCost)) break;
    const { result, isOpen } = open(password);
    if (isOpen) {
      passwords.remember(password);
      return { opened: { result, password }, partly: [] };
    }
    if (result.isOpened && result.lockedFiles < lockedFiles && partly.length < MAX_PARTLY) partly.push(result);
    // What was deciphered in vain has cost time too.
    const bytes = result.files.reduce((sum, file) => sum + file.bytes.length, 0);
    passwords.take(Math.floor(bytes / BYTES_PER_COST));
  }
  return { opened: undefined, partly };
}

const MAX_PARTLY = 4;

/** Octets that 7-Zip deciphers in what a try costs one of. */
const BYTES_PER_COST = 100_000;
