import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Extractor } from "../../../../../src/scan/extractors/extractor.ts";
import { autoItExtractor } from "../../../../../src/scan/extractors/programs/autoit.ts";
import { disguise } from "../../../../../src/scan/extractors/programs/autoit-random.ts";
import { unpackAutoIt } from "../../../../../src/scan/extractors/programs/autoit-unpack.ts";
import { installShieldExtractor } from "../../../../../src/scan/extractors/programs/installshield.ts";
import { readPortableExecutable } from "../../../../../src/scan/extractors/programs/portable-executable.ts";
import {
  buildAutoIt,
  buildDisguisedInstaller,
  buildInstallShieldCabinet,
  buildListInstaller,
} from "../../../../support/build-installers.ts";
import { buildProgram } from "../../../../support/build-program.ts";
import { extract } from "../../../../support/extract.ts";

const FILES = [
  { name: "a.txt", content: Buffer.from("some text ".repeat(30)) },
  { name: "b.bin", content: Buffer.from("second") },
];
const EXPECTED = FILES.map(({ name, content }) => [name, content.toString()]);

describe("autoItExtractor", () => {
  test.each(["EA05", "EA06"] as const)("gives the files of a script of version %s", (version) => {
    expect(contents(autoItExtractor, buildAutoIt(version, FILES))).toEqual(EXPECTED);
  });

  test("opens a script on its own, and none in what is no program", () => {
    const program = buildAutoIt("EA06", FILES);
    const script = program.subarray(program.indexOf(Buffer.from("a3484bbe", "hex")));
    expect(contents(autoItExtractor, script)).toEqual(EXPECTED);
    expect(contents(autoItExtractor, Buffer.concat([Buffer.from("text"), script]))).toEqual([]);
  });

  test("gives what there is of a script that breaks off", () => {
    const program = buildAutoIt("EA05", FILES.slice(0, 1));
    const [first] = contents(autoItExtractor, program.subarray(0, program.length - 100));
    expect(first?.[1].startsWith("some text some text")).toBe(true);
  });

  test("stops at the limits", () => {
    const program = buildAutoIt("EA06", FILES);
    expect(extract(autoItExtractor, program, { limits: { entries: 1 } }).reasons).toEqual([
      "limit-entries: more than 1 entries",
    ]);
    const { entries, reasons } = extract(autoItExtractor, program, { limits: { archiveBytes: 100 } });
    expect(reasons[0]).toBe("limit-bytes: a.txt");
    expect(entries[0]?.bytes.length).toBe(100);
  });
});

describe("disguise()", () => {
  test.each(["EA05", "EA06"] as const)("undoes itself: %s", (version) => {
    const text = Buffer.from("some text ".repeat(100));
    const disguised = disguise(text, version, 0x1234);
    expect(disguised.equals(text)).toBe(false);
    expect(disguise(disguised, version, 0x1234)).toEqual(text);
  });
});

describe("unpackAutoIt()", () => {
  test("follows matches, the longest ones too", () => {
    // A literal "a" and a match of one octet back: 3 + 3 + 7 + 31 + 255 + 4 octets.
    const bits = `0${bitsOf(0x61, 8)}1${bitsOf(1, 15)}11${"111"}${"11111"}${"11111111"}${bitsOf(4, 8)}`;
    const octets = bits.match(/.{1,8}/g)?.map((group) => Number.parseInt(group.padEnd(8, "0"), 2)) ?? [];
    const data = Buffer.concat([Buffer.from("EA05"), Buffer.from([0, 0, 1, 48]), Buffer.from(octets)]);
    expect(unpackAutoIt(data, 1_000)).toEqual({ bytes: Buffer.alloc(304, "a"), end: "whole" });
  });

  test("stops at a match that reaches back too far, and at other versions", () => {
    const data = Buffer.concat([Buffer.from("EA05"), Buffer.from([0, 0, 0, 9]), Buffer.from([0x80, 0x40])]);
    expect(unpackAutoIt(data, 100).end).toBe("damaged");
    expect(unpackAutoIt(Buffer.from("JB01\0\0\0\x09abc"), 100).end).toBe("damaged");
  });

  test("does not believe the size", () => {
    const data = Buffer.concat([Buffer.from("EA06"), Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from([0xb0, 0x80])]);
    expect(unpackAutoIt(data, 1_000_000).bytes.length).toBeLessThan(10);
  });
});

describe("installShieldExtractor", () => {
  test("gives the files of a list", () => {
    expect(contents(installShieldExtractor, buildListInstaller(FILES))).toEqual(EXPECTED);
  });

  test("gives the files of a disguised list", () => {
    expect(contents(installShieldExtractor, buildDisguisedInstaller(FILES))).toEqual(EXPECTED);
  });

  test("gives the files of the cabinets among the files", () => {
    const installer = buildListInstaller(
      buildInstallShieldCabinet({ name: "c.txt", content: Buffer.from("in a cabinet") }),
    );
    expect(contents(installShieldExtractor, installer)).toContainEqual(["c.txt", "in a cabinet"]);
  });

  test("names the newer form that it can not read", () => {
    const program = buildProgram({
      code: Buffer.from([0xc3]),
      overlay: Buffer.from("ISSetupStream\0".padEnd(60, "\0")),
    });
    expect(extract(installShieldExtractor, program).reasons).toEqual(["unsupported: InstallShield installer"]);
  });

  test("leaves other programs alone", () => {
    for (const overlay of ["", "some other text that is long enough to be looked at", "a\0b\0c\0d\0".padEnd(60, "x")]) {
      const bytes = buildProgram({ code: Buffer.from([0xc3]), overlay: Buffer.from(overlay) });
      expect(installShieldExtractor.matches({ bytes, origin: "decoded", name: "" })).toBe(false);
    }
  });
});

describe("readPortableExecutable()", () => {
  test("tells where things are", () => {
    const program = buildProgram({ code: Buffer.from([0xc3]), overlay: Buffer.from("overlay") });
    const read = readPortableExecutable(program);
    expect(read).toMatchObject({ isI386: true, imageBase: 0x400000, entryPoint: 0x1000, end: program.length - 7 });
    expect(read?.sections.map(({ name, isWritable }) => [name, isWritable])).toEqual([
      [".code", true],
      [".idata", true],
    ]);
  });

  test("bears any octets", () => {
    const program = buildProgram({ code: Buffer.from([0xc3]) });
    const change = fc.tuple(fc.nat(0x200), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.nat(program.length), (changes, length) => {
        const changed = Buffer.from(program.subarray(0, length));
        for (const [position, octet] of changes) if (position < length) changed[position] = octet;
        readPortableExecutable(changed);
      }),
    );
  });
});

describe("installers", () => {
  test.each([
    ["AutoIt", autoItExtractor, buildAutoIt("EA05", FILES)],
    [
      "a list",
      installShieldExtractor,
      buildListInstaller(buildInstallShieldCabinet(FILES[0] ?? { name: "", content: Buffer.alloc(0) })),
    ],
    ["a disguised list", installShieldExtractor, buildDisguisedInstaller(FILES)],
  ] as [string, Extractor, Buffer][])("are borne with any octets changed: %s", (_name, extractor, installer) => {
    const change = fc.tuple(fc.nat(installer.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const changed = Buffer.from(installer);
        for (const [position, octet] of changes) changed[position] = octet;
        expect(extract(extractor, changed).entries.length).toBeLessThan(20);
      }),
      { numRuns: 200 },
    );
  });
});

function contents(extractor: Extractor, bytes: Buffer): [string, string][] {
  return extract(extractor, bytes).entries.map((entry) => [entry.name, entry.bytes.toString()]);
}

function bitsOf(value: number, count: number): string {
  return value.toString(2).padStart(count, "0");
}
