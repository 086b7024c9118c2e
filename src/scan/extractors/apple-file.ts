/** Opens Macintosh files that hold both forks in one: MacBinary, AppleSingle, AppleDouble. */
import { readAppleFile } from "./encodings/apple-file.ts";
import type { Extractor } from "./extractor.ts";

export const appleFileExtractor: Extractor = {
  name: "apple-file",
  matches: ({ bytes }) => bytes[0] === 0 && readAppleFile(bytes) !== undefined,
  extract({ bytes }, sink, budget) {
    const file = readAppleFile(bytes);
    for (const fork of file?.forks ?? []) {
      if (!budget.takeEntry()) {
        sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
        return;
      }
      if (fork.length < bytes.length) sink.entry(file?.name ?? "", fork);
    }
  },
};
