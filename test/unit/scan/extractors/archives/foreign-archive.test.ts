import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { archiveLimits, scanLimits } from "../../../../../src/core/scan-limits.ts";
import { Budget } from "../../../../../src/scan/budget.ts";
import { createForeignArchiveExtractors } from "../../../../../src/scan/extractors/archives/foreign-archive.ts";
import type { SevenZip, SevenZipResult } from "../../../../../src/scan/extractors/archives/seven-zip.ts";
import type { Extractor, ExtractorSink } from "../../../../../src/scan/extractors/extractor.ts";
import { build7z } from "../../../../support/build-7z.ts";
import { buildRar4, buildRar5 } from "../../../../support/build-rar.ts";
import { buildXz } from "../../../../support/build-streams.ts";
import { buildTar } from "../../../../support/build-tar.ts";
import { extract } from "../../../../support/extract.ts";
import { testScanner } from "../../../../support/scan-message.ts";
import { sevenZip } from "../../../../support/seven-zip.ts";

const TEXT = Buffer.from("some text ".repeat(40));
const FILES = [
  { name: "a.txt", content: TEXT },
  { name: "b.exe", content: Buffer.concat([Buffer.from("MZ"), Buffer.alloc(80)]) },
];
const [archives, streams] = createForeignArchiveExtractors(sevenZip) as [Extractor, Extractor];
const [withoutArchives, withoutStreams] = createForeignArchiveExtractors() as [Extractor, Extractor];

describe("createForeignArchiveExtractors()", () => {
  test("gives all files of an archive, and says nothing else", () => {
    expect(extract(archives, build7z(FILES))).toEqual({
      entries: FILES.map(({ name, content }) => ({ name, bytes: content, origin: "entry" })),
      reasons: [],
      heuristics: [],
      remarks: [],
    });
  });

  test("gives the content of a stream without the ending in its name", () => {
    const content = { bytes: buildXz(TEXT), origin: "decoded" as const, name: "a.txz" };
    expect(extract(streams, content).entries.map(({ name }) => name)).toEqual(["a.tar"]);
    expect(extract(archives, content).entries).toEqual([]);
  });

  test("names what is certainly an archive where 7-Zip is not there", () => {
    expect(extract(withoutArchives, build7z(FILES)).reasons).toEqual(["unsupported: 7z archive"]);
    expect(extract(withoutStreams, buildXz(TEXT)).reasons).toEqual(["unsupported: xz stream"]);
    expect(extract(withoutArchives, Buffer.concat([TEXT, build7z(FILES)])).reasons).toEqual([]);
  });

  test("opens archives behind other octets", () => {
    const both = Buffer.concat([TEXT, build7z(FILES.slice(0, 1)), buildRar5(FILES.slice(1))]);
    expect(extract(archives, both).entries.map(({ name }) => name)).toEqual(["a.txt", "b.exe"]);
  });

  test("names an archive that can not be opened, but not what only looks like one", () => {
    const cut = build7z(FILES).subarray(0, 60);
    expect(extract(archives, cut).reasons).toEqual(["damaged: 7z archive"]);
    expect(extract(archives, Buffer.concat([TEXT, cut])).reasons).toEqual([]);
    expect(extract(streams, Buffer.from("1f9dff00", "hex")).reasons).toEqual([]);
  });

  test("names the volumes of an archive that are not there, and gives what is", () => {
    for (const archive of [buildRar5(FILES, { isVolume: true }), buildRar4(FILES, { isVolume: true })]) {
      const { entries, reasons } = extract(archives, archive);
      expect(entries.map(({ name }) => name)).toEqual(["a.txt", "b.exe"]);
      expect(reasons).toEqual(["partial: RAR archive: the other volumes are not here"]);
    }
  });

  test("goes on without the file that 7-Zip has died in", () => {
    const deaths: string[][] = [];
    const dying: SevenZip = {
      extract(_archive, { without }) {
        deaths.push([...without]);
        const names = ["a", "b", "c"].filter((name) => !without.includes(name));
        const end = names.indexOf("b");
        const files = (end < 0 ? names : names.slice(0, end + 1)).map(fileOf);
        return { ...NOTHING, isOpened: true, files, crash: end < 0 ? undefined : "it died" };
      },
    };
    const [extractor] = createForeignArchiveExtractors(dying) as [Extractor];
    const { entries, reasons } = extract(extractor, build7z(FILES));
    expect(entries.map(({ name }) => name)).toEqual(["a", "c", "b"]);
    expect(reasons).toEqual(["damaged: 7z archive: b"]);
    expect(deaths).toEqual([[], ["b"]]);
  });

  test("gives up when every file kills it", () => {
    let runs = 0;
    const dying: SevenZip = {
      extract() {
        runs += 1;
        return { ...NOTHING, isOpened: true, files: [fileOf(`file ${runs}`)], crash: "it died" };
      },
    };
    const [extractor] = createForeignArchiveExtractors(dying) as [Extractor];
    const { entries } = extract(extractor, build7z(FILES));
    expect(runs).toBe(1 + archiveLimits.retries);
    expect(entries.length).toBeGreaterThan(0);
  });

  test("starts 7-Zip only so often for one message, and says so", () => {
    const cheap: SevenZip = { extract: () => ({ ...NOTHING, isOpened: true }) };
    const reasons: string[] = [];
    const [, extractor] = createForeignArchiveExtractors(cheap) as [Extractor, Extractor];
    const budget = newBudget();
    for (let index = 0; index <= archiveLimits.runs; index += 1) {
      extractor.extract(
        { bytes: buildXz(Buffer.from(`${index}`)), origin: "entry", name: "" },
        sinkOf(reasons),
        budget,
      );
    }
    expect(reasons).toEqual([`limit-entries: xz stream: more than ${archiveLimits.runs} archives`]);
  });

  test("tells the ratio of what comes out to what went in", () => {
    const huge: SevenZip = {
      extract: () => ({ ...NOTHING, isOpened: true, files: [{ ...fileOf("a"), bytes: Buffer.alloc(3_000_000) }] }),
    };
    const [extractor] = createForeignArchiveExtractors(huge) as [Extractor];
    expect(extract(extractor, build7z(FILES)).reasons).toEqual(["limit-ratio: 7z archive"]);
  });

  test("cuts what is larger than an attachment may hold", () => {
    const archive = build7z([{ name: "large", content: Buffer.alloc(10_000, "x") }, ...FILES]);
    const { entries, reasons } = extract(archives, archive, { limits: { archiveBytes: 5_000 } });
    expect(reasons).toEqual(["limit-bytes: large"]);
    expect(entries.map(({ name }) => name)).toEqual(["large", "a.txt", "b.exe"]);
  });

  test.each([0, Number.NaN])("opens nothing when it may give %d octets", (archiveBytes) => {
    const { entries } = extract(archives, build7z(FILES), { limits: { archiveBytes } });
    expect(entries.every(({ bytes }) => bytes.length === 0)).toBe(true);
  });

  test("opens an archive once that is an entry of a container", () => {
    const inner = build7z([{ name: "a.gz", content: gzipSync(TEXT) }]);
    const tar = buildTar([{ name: "inner.7z", content: inner }]);
    const mail = Buffer.concat([
      Buffer.from("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
      Buffer.from(tar.toString("base64")),
    ]);
    const paths: string[] = [];
    const engine = {
      name: "names",
      inspect: ({ name }: { name: string }) => {
        paths.push(name);
        return [];
      },
    };
    testScanner({}, [engine]).scan(mail);
    expect(paths.filter((name) => name === "a.gz")).toHaveLength(1);
  });
});

describe("passwords of archives", () => {
  test.each([
    ["7z", build7z(FILES, { password: "right" })],
    ["7z with hidden names", build7z(FILES, { password: "right", hidesNames: true })],
    ["RAR", buildRar5(FILES, { password: "right" })],
    ["RAR with hidden names", buildRar5(FILES, { password: "right", hidesNames: true })],
  ])("open a %s archive, which is told", (_name, archive) => {
    const { entries, reasons, remarks, heuristics } = extract(archives, archive, { passwords: ["wrong", "right"] });
    expect(entries.map(({ name }) => name)).toEqual(["a.txt", "b.exe"]);
    expect(reasons).toEqual([]);
    expect(remarks.map(([kind]) => kind)).toEqual(["opened"]);
    expect(heuristics).toEqual([["archive-password-in-text", "b.exe"]]);
  });

  test("raise no suspicion when nothing in the archive runs", () => {
    const archive = build7z(FILES.slice(0, 1), { password: "right" });
    expect(extract(archives, archive, { passwords: ["right"] }).heuristics).toEqual([]);
  });

  test.each([
    ["7z", build7z(FILES, { password: "right" })],
    ["7z with hidden names", build7z(FILES, { password: "right", hidesNames: true })],
    ["RAR", buildRar5(FILES, { password: "right" })],
  ])("leave a %s archive closed when none is right", (_name, archive) => {
    const { reasons, remarks } = extract(archives, archive, { passwords: ["wrong", "Right"] });
    expect(reasons.map((reason) => reason.split(":")[0])).toEqual(["encrypted"]);
    expect(remarks).toEqual([]);
  });

  test("are not believed where nothing proves them", () => {
    const archive = build7z(FILES, { password: "right", isUnproven: true });
    const { entries, reasons, remarks } = extract(archives, archive, { passwords: ["wrong", "right"] });
    expect(reasons).toEqual(["encrypted: 7z archive"]);
    expect(remarks).toEqual([]);
    expect(entries.map(({ bytes }) => bytes)).toContainEqual(TEXT);
  });

  test("are not tried where one try would take too long", () => {
    const archive = build7z(FILES, { password: "right", power: 2 });
    const slow = Buffer.from(archive);
    const properties = slow.indexOf(Buffer.from("06f10701", "hex")) + 5;
    slow[properties] = 0x40 | 24;
    expect(extract(archives, slow, { passwords: ["right"] })).toMatchObject({
      entries: [],
      reasons: ["encrypted: 7z archive: opening it takes too long"],
    });
  });

  test("cost, and end when a message has spent what it may", () => {
    const archive = build7z(FILES, { password: "right", power: 19 });
    const words = Array.from({ length: 400 }, (_, index) => `wrong ${index}`);
    let tries = 0;
    const counting: SevenZip = {
      extract: (...request) => {
        tries += 1;
        return sevenZip.extract(...request);
      },
    };
    const [extractor] = createForeignArchiveExtractors(counting) as [Extractor];
    extract(extractor, archive, { passwords: words });
    expect(tries).toBeLessThan(20);
  });
});

const NOTHING: SevenZipResult = {
  files: [],
  stopped: undefined,
  crash: undefined,
  isOutOfMemory: false,
  isOpened: false,
  isEncrypted: false,
  lockedFiles: 0,
  isWhole: true,
  damaged: [],
  unsupported: [],
  missing: [],
};

function fileOf(name: string): SevenZipResult["files"][number] {
  return { name, bytes: Buffer.from(name), isCut: false };
}

function newBudget(): Budget {
  return new Budget(scanLimits, { now: () => 0, monotonic: () => 0 }, 1_000);
}

function sinkOf(reasons: string[]): ExtractorSink {
  return {
    entry: () => {},
    reason: (code, detail) => void reasons.push(`${code}: ${detail}`),
    heuristic: () => {},
    remark: () => {},
    passwords: () => [],
    isWordOfMessage: () => false,
  };
}
