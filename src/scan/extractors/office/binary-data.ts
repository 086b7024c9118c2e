/** Octets that Office's and OpenDocument's flat XML files carry as base64 in elements. */
import { fromLatin1 } from "../../../core/bytes.ts";
import { decodeBase64 } from "../../../mime/base64.ts";
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";
import { findTags } from "./xml-tags.ts";

/** Hands on the octets of every such element. */
export function handOnBinaryData(text: string, sink: ExtractorSink, budget: Budget): void {
  // Base64 of a whole file is no more than the file: what is more than that is another reading.
  let freeBytes = text.length;
  for (const tag of findTags(text, "binData|binaryData|binary-data")) {
    const next = text.indexOf("<", tag.end);
    for (const reading of decodeBase64(fromLatin1(text.slice(tag.end, next < 0 ? text.length : next))).readings) {
      if (reading.length < MIN_DATA_BYTES) continue;
      if (reading.length > freeBytes && !budget.takeView(reading.length)) {
        sink.reason("limit-views", "base64 in XML");
        return;
      }
      freeBytes -= Math.min(freeBytes, reading.length);
      if (!budget.takeEntry()) {
        sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
        return;
      }
      sink.entry(tag.attributes.get("name") ?? "", reading);
    }
  }
}

/** Nothing that fits into less is content. */
const MIN_DATA_BYTES = 8;
