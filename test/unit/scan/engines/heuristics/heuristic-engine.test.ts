import { describe, expect, test } from "vitest";
import { HEURISTIC_NAMES, type HeuristicName } from "../../../../../src/core/heuristics.ts";
import { scanLimits } from "../../../../../src/core/scan-limits.ts";
import type { Content, Engine, Origin } from "../../../../../src/scan/engine.ts";
import { heuristicPolicy } from "../../../../../src/scan/engines/heuristics/catalogue.ts";
import { createHeuristicEngine } from "../../../../../src/scan/engines/heuristics/heuristic-engine.ts";
import type { Extractor } from "../../../../../src/scan/extractors/extractor.ts";
import { pdfExtractor } from "../../../../../src/scan/extractors/pdf/pdf.ts";
import { zipExtractor } from "../../../../../src/scan/extractors/zip.ts";
import { createScanner, type Scanner } from "../../../../../src/scan/scanner.ts";
import { buildZip } from "../../../../support/build-zip.ts";
import { disguises, honestMails, mailWithFile } from "../../../../support/evasion-heuristics.ts";
import {
  installerPackage,
  installerProgram,
  scripts,
  windowsProgram,
} from "../../../../support/evasion-heuristics-content.ts";

describe("scan()", () => {
  const scanner = scannerWith();

  test.each(disguises)("reports $heuristic for $name", ({ hostile, heuristic }) => {
    const { verdict } = scanner.scan(hostile);
    expect(verdict.kind).toBe("suspicious");
    expect(verdict.detections).toContainEqual(
      expect.objectContaining({ name: `Heuristics.${heuristic}`, kind: "heuristic", engine: "heuristics", part: "2" }),
    );
  });

  test.each(disguises)("finds nothing in the twin of $name", ({ twin }) => {
    expect(scanner.scan(twin).verdict).toMatchObject({ kind: "clean", detections: [], reasons: [] });
  });

  test.each(honestMails)("finds nothing in $name", ({ mail }) => {
    expect(scanner.scan(mail).verdict).toMatchObject({ kind: "clean", detections: [], reasons: [] });
  });

  test.each(disguises)("says nothing of $name when that heuristic is off", ({ hostile, heuristic }) => {
    const { verdict } = scannerWith([], [heuristic]).scan(hostile);
    expect(verdict.detections.map(({ name }) => name)).not.toContain(`Heuristics.${heuristic}`);
  });

  test("names the file in an archive that is meant", () => {
    const found = disguises.find(({ name }) => name === "a turned name in a zip archive");
    const { verdict } = scanner.scan(found?.hostile ?? Buffer.alloc(0));
    expect(verdict.detections[0]?.path).toEqual(["a.zip", "invoice\u202efdp.exe"]);
  });
});

describe("scan() of a disk image", () => {
  const image = Buffer.concat([Buffer.from("vhdxfile", "latin1"), Buffer.alloc(64)]);

  test.each([
    ["a program", [["a.exe", windowsProgram()]], ["Heuristics.disk-image"]],
    [
      "a program in an archive",
      [["a.zip", buildZip([{ name: "a.exe", content: windowsProgram() }])]],
      ["Heuristics.disk-image"],
    ],
    ["a document", [["a.txt", Buffer.from("text")]], []],
    ["nothing", [], []],
  ] as const)("with %s in it goes by what is in it", (_name, files, expected) => {
    const opener: Extractor = {
      name: "images",
      matches: ({ bytes }) => bytes.equals(image),
      extract: (_content, sink) => {
        for (const [name, bytes] of files) sink.entry(name, bytes);
      },
    };
    const { verdict } = scannerWith([], [], [opener]).scan(mailWithFile("a.vhdx", image));
    expect(verdict.detections.map(({ name }) => name)).toEqual(expected);
  });
});

describe("scan() of what is only drawn", () => {
  test("asks the engines, and opens nothing", () => {
    const archive = buildZip([{ name: "a.pdf", content: windowsProgram() }]);
    const drawer = (origin: Origin): Extractor => ({
      name: "drawer",
      matches: ({ bytes }) => String(bytes) === "drawing",
      extract: (_content, sink) => sink.entry("a", archive, origin),
    });
    const names = (origin: Origin): string[] => {
      const seen: string[] = [];
      const engine: Engine = {
        name: "seeing",
        inspect(content) {
          seen.push(content.name);
          return [];
        },
      };
      scannerWith([], [], [drawer(origin)], [engine]).scan(mailWithFile("drawing", Buffer.from("drawing")));
      return seen.filter((name) => name.startsWith("a"));
    };
    expect(names("entry")).toEqual(["a", "a.pdf"]);
    expect(names("drawn")).toEqual(["a"]);
  });
});

describe("inspect()", () => {
  test.each([
    ["executable", "setup.exe", windowsProgram()],
    ["installer", "setup.exe", installerProgram()],
    ["installer", "setup.msi", installerPackage()],
    ["script", "a.ps1", Buffer.from("$a = 1\n")],
    ["script", "a.dat", Buffer.from(scripts.vbs ?? "")],
    ["type-mismatch", "a.jpg", Buffer.from("%PDF-1.7\n")],
  ] as const)("reports %s for %s when that is on", (heuristic, name, bytes) => {
    expect(inspect({ name, bytes }, [heuristic])).toEqual([heuristic]);
    expect(inspect({ name, bytes })).toEqual([]);
  });

  test.each(Object.keys(scripts))("knows a script as *.%s", (extension) => {
    expect(inspect({ name: `a.${extension}`, bytes: Buffer.from(scripts[extension] ?? "") }, ["script"])).toEqual([
      "script",
    ]);
  });

  test.each(["exe", "js", "vbs", "bat", "ps1", "hta", "sh", "py", "reg", "lnk", "url", "wsf"])(
    "takes no text for a program because it is called *.%s",
    (extension) => {
      const bytes = Buffer.from(
        "This text is harmless; if you start to read it, call me.\r\nset or not, for all I care.\n",
      );
      expect(inspect({ name: `a.pdf.${extension}`, bytes }, HEURISTIC_NAMES)).toEqual([]);
    },
  );

  test("reports what runs in a disk image, and nothing else in it", () => {
    expect(inspect({ name: "a.exe", bytes: windowsProgram(), isOnDiskImage: true })).toEqual(["disk-image"]);
    expect(inspect({ name: "a.js", bytes: Buffer.from(scripts.js ?? ""), isOnDiskImage: true })).toEqual([
      "disk-image",
    ]);
    expect(inspect({ name: "a.txt", bytes: Buffer.from("text"), isOnDiskImage: true })).toEqual([]);
  });

  test("reports what runs in a OneNote section", () => {
    expect(inspect({ name: "", bytes: windowsProgram(), container: "onenote" })).toEqual(["onenote-dropper"]);
  });

  test("leaves the words of a mail alone", () => {
    const bytes = Buffer.from(scripts.vbs ?? "");
    expect(inspect({ name: "", bytes, origin: "text", type: "text/plain" }, HEURISTIC_NAMES)).toEqual([]);
    expect(inspect({ name: "", bytes, origin: "decoded", type: "text/plain" }, HEURISTIC_NAMES)).toEqual([]);
  });

  test("does not go by the name of the text that something was decoded from", () => {
    expect(inspect({ name: "a.txt", bytes: windowsProgram(), container: "base64" })).toEqual([]);
    expect(inspect({ name: "a.txt", bytes: windowsProgram(), container: "zip" })).toEqual(["disguised-executable"]);
  });

  test.each(["message", "quoted", "encoded", "header"] as const)(
    "leaves content of the origin %s to its other readings",
    (origin) => {
      expect(inspect({ name: "a.pdf", bytes: windowsProgram(), origin }, HEURISTIC_NAMES)).toEqual([]);
    },
  );

  test("reports a sender who shows another address", () => {
    const header = (from: string): Partial<Content> => ({
      origin: "header",
      bytes: Buffer.from(`To: a\r\nFrom: ${from}\r\nX: b\r\n`),
    });
    const other = '"service@bank.example" <a@example.org>';
    expect(inspect(header(other), ["display-name"])).toEqual(["display-name"]);
    expect(inspect(header(other))).toEqual([]);
    const encoded = "=?utf-8?B?c2VydmljZUBiYW5rLmV4YW1wbGU=?=\r\n <a@example.org>";
    expect(inspect(header(encoded), ["display-name"])).toEqual(["display-name"]);
    expect(inspect(header("service\uff20bank <a@example.org>"), ["display-name"])).toEqual(["display-name"]);
    expect(inspect(header('"a@mail.example.org" <a@example.org>'), ["display-name"])).toEqual([]);
    expect(inspect(header("\"'x@example.com' via List\" <list@example.org>"), ["display-name"])).toEqual([]);
    expect(inspect(header("a@example.org"), ["display-name"])).toEqual([]);
  });
});

function scannerWith(
  on: readonly string[] = [],
  off: readonly string[] = [],
  extractors: readonly Extractor[] = [],
  engines: readonly Engine[] = [],
): Scanner {
  const isHeuristicOn = heuristicPolicy({ isOn: true, on, off });
  return createScanner({
    engines: [createHeuristicEngine(isHeuristicOn), ...engines],
    extractors: [zipExtractor, pdfExtractor, ...extractors],
    isHeuristicOn,
    options: scanLimits,
    clock: { now: () => 0, monotonic: () => 0 },
  });
}

/** The heuristics that hold, of those on by default and `on`. */
function inspect(content: Partial<Content>, on: readonly HeuristicName[] = []): string[] {
  const engine = createHeuristicEngine(heuristicPolicy({ isOn: true, on, off: [] }));
  const given: Content = { bytes: Buffer.alloc(0), origin: "entry", name: "", ...content };
  return engine.inspect(given).map(({ name }) => name.replace("Heuristics.", ""));
}
