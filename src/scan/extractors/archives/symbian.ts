/** Opens installers of Symbian up to version 8: their files are zlib streams among other things. */
import type { Extractor } from "../extractor.ts";
import { inflateRaw } from "../inflate.ts";
import { SIGNS } from "../octet-survey.ts";
import { StreamMembers } from "./stream-members.ts";

export const symbianExtractor: Extractor = {
  name: "Symbian installer",
  mayMatch: (survey) => (survey & SIGNS.control) !== 0,
  matches: ({ bytes }) => bytes.length > 68 && bytes.readUInt32LE(8) === INSTALLER,
  extract({ bytes }, sink, budget) {
    const members = new StreamMembers(sink, budget);
    let position = bytes.indexOf(ZLIB, HEADER_BYTES);
    for (let tries = 0; position >= 0 && tries < MAX_TRIES; tries += 1) {
      const { bytes: plain, consumed, end } = inflateRaw(bytes.subarray(position + 2), budget.outputBytes);
      const isStream = plain.length > 0 && end !== "damaged";
      if (isStream) {
        if (!members.begin("file")) return;
        members.add("file", plain, consumed, end);
      }
      position = bytes.indexOf(ZLIB, position + 1 + (isStream ? consumed : 0));
    }
  },
};

const INSTALLER = 0x10000419;
const HEADER_BYTES = 68;
const MAX_TRIES = 1_000;
/** What zlib writes at its usual level; level 9 is 78 da. */
const ZLIB = Buffer.from([0x78, 0x9c]);
