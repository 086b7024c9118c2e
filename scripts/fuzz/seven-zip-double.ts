/** In place of 7-Zip, which is fuzzed elsewhere and takes milliseconds for each run: answers at once, and with the same
 *  to the same archive, so that what surrounds it is gone through in all its ways. */
import type { SevenZip, SevenZipResult } from "../../src/scan/extractors/archives/seven-zip.ts";

export const sevenZipDouble: SevenZip = {
  extract(archive, { limits }) {
    const sum = archive.subarray(0, 64).reduce((total, octet) => total + octet, archive.length);
    const answer = ANSWERS[sum % ANSWERS.length] ?? {};
    const bytes = archive.subarray(0, Math.min(limits.keptBytes, 4_096));
    limits.stop(bytes.length);
    return { ...OPENED, files: [{ name: "a", bytes, isCut: archive.length > 4_096 }], ...answer };
  },
};

const OPENED: SevenZipResult = {
  files: [],
  isOpened: true,
  isEncrypted: false,
  lockedFiles: 0,
  damaged: [],
  isWhole: true,
  unsupported: [],
  missing: [],
  stopped: undefined,
  crash: undefined,
  isOutOfMemory: false,
};
const ANSWERS: readonly Partial<SevenZipResult>[] = [
  {},
  { isEncrypted: true, lockedFiles: 1, files: [], isWhole: false },
  { isOpened: false, files: [], isWhole: false },
  { damaged: ["a"], isWhole: false },
  { unsupported: ["a"], missing: ["a.002"], files: [], isWhole: false },
  { crash: "unreachable", files: [], isWhole: false },
  { stopped: "limit-bytes", isWhole: false },
  { isOutOfMemory: true, files: [], isWhole: false },
];
