/** Decodes octets that text lists as numbers. */
import { mimeLimits } from "../../core/scan-limits.ts";
import { looksLikeText } from "./charsets/looks-like-text.ts";
import { findNumberList, mayHoldNumberList } from "./encodings/number-lists.ts";
import type { Extractor } from "./extractor.ts";

export const numberListExtractor: Extractor = {
  name: "numbers",
  matches: ({ bytes }) => looksLikeText(bytes) && mayHoldNumberList(bytes),
  extract({ bytes }, sink, budget) {
    let count = 0;
    for (let list = findNumberList(bytes, 0); list !== undefined; list = findNumberList(bytes, list.end)) {
      for (const reading of list.readings) {
        count += 1;
        if (count > mimeLimits.embeddedPieces || !budget.takeView(reading.length)) {
          sink.reason("limit-views", "lists of numbers in text");
          return;
        }
        sink.entry("", reading, "decoded");
      }
    }
  },
};
