import { describe, expect, test } from "vitest";
import { readMessages } from "../../../../../src/scan/extractors/archives/seven-zip-messages.ts";

const NOTHING = {
  isOpened: false,
  isEncrypted: false,
  lockedFiles: 0,
  isWhole: true,
  damaged: [],
  unsupported: [],
  missing: [],
};

describe("readMessages()", () => {
  test("finds nothing in what says nothing", () => {
    expect(readMessages("", [])).toEqual(NOTHING);
    expect(readMessages("\n--\nPath = /a\nType = 7z\nEverything is Ok\n", [])).toEqual({ ...NOTHING, isOpened: true });
  });

  test.each([
    ["ERROR: Data Error : a: b", { isWhole: false, damaged: ["a: b"] }],
    ["ERROR: Unavailable data : a", { isWhole: false, damaged: ["a"] }],
    ["ERROR: Unsupported Method : a", { isWhole: false, unsupported: ["a"] }],
    ["ERROR: CRC Failed : a", { isWhole: false }],
    ["ERROR: CRC Failed in encrypted file. Wrong password? : a", { isWhole: false, isEncrypted: true, lockedFiles: 1 }],
    ["Cannot open encrypted archive. Wrong password?", { isEncrypted: true }],
    ["ERRORS:\nMissing volume : a.r00", { isWhole: false, missing: ["a.r00"] }],
    ["WARNINGS:\nThere are data after the end of archive", { isWhole: false }],
  ])("reads %j", (text, expected) => {
    expect(readMessages(text, [])).toEqual({ ...NOTHING, ...expected });
  });

  test("takes files that were looked for as missing, but not those of a system", () => {
    expect(readMessages("", ["/a.r00", "/etc/localtime"]).missing).toEqual(["/a.r00"]);
  });
});
