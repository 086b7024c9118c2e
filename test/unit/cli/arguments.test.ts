import { type CAC, cac } from "cac";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Arguments,
  flagOption,
  listOption,
  readArguments,
  textOption,
  unknownCommand,
} from "../../../src/cli/arguments.ts";
import { UserError } from "../../../src/core/errors.ts";

function program(): CAC {
  const cli = cac("mailward");
  cli.option("--config <file>", "a file").option("-h, --help", "help");
  cli
    .command("scan [...paths]", "scan")
    .option("-j, --jobs <count>", "jobs")
    .option("--forward <place>", "repeated")
    .option("-i, --infected", "only what was found")
    .option("--no-summary", "no summary");
  cli.command("ports [action]", "ports").option("--json", "JSON");
  cli.command("hidden", "").option("--secret", "secret");
  return cli;
}

function read(...argv: string[]): Arguments {
  return readArguments(program(), argv);
}

function failure(...argv: string[]): string {
  try {
    read(...argv);
  } catch (error) {
    if (error instanceof UserError) return `${error.message} | ${error.hint ?? ""}`;
    throw error;
  }
  return "";
}

describe("readArguments()", () => {
  test("keeps every word as it was typed", () => {
    const args = read("scan", "0143", "-", "1e3", "true", "-i", "0x10", "--", "-x", "--config");
    expect(args.command?.name).toBe("scan");
    expect(args.positionals).toEqual(["0143", "-", "1e3", "true", "0x10", "-x", "--config"]);
    expect({ ...args.options }).toEqual({ infected: true });
  });

  test("reads values in all the usual forms", () => {
    for (const form of [["--jobs", "08"], ["--jobs=08"], ["-j", "08"], ["-j08"], ["-j=08"], ["-ij08"], ["-ij", "08"]]) {
      expect([form, textOption(read("scan", ...form).options, "jobs")]).toEqual([form, "08"]);
    }
    expect(textOption(read("scan", "--jobs=").options, "jobs")).toBe("");
    expect(textOption(read("scan", "--jobs=-1").options, "jobs")).toBe("-1");
    expect(textOption(read("scan", "--jobs", "-").options, "jobs")).toBe("-");
    expect(flagOption(read("scan", "-i").options, "infected")).toBe(true);
    expect(read("scan", "--no-summary").options.summary).toBe(false);
    expect(textOption(read("--config", "c", "scan").options, "config")).toBe("c");
  });

  test("collects an option that is given more than once", () => {
    const { options } = read("scan", "--forward", "a", "--forward=b");
    expect(listOption(options, "forward")).toEqual(["a", "b"]);
    expect(listOption(read("scan", "--forward", "a").options, "forward")).toEqual(["a"]);
    expect(listOption(read("scan").options, "forward")).toEqual([]);
    expect(() => textOption(options, "forward")).toThrow('"--forward" twice');
  });

  test("takes a negative number for a word or a value", () => {
    expect(read("scan", "-1", "-5MB", "-1.5").positionals).toEqual(["-1", "-5MB", "-1.5"]);
    expect(textOption(read("scan", "--jobs", "-1").options, "jobs")).toBe("-1");
  });

  test.each([
    [["scan", "-x.y"], '\nA word that begins with a dash comes after "--": mailward scan … -- -x.y'],
    [["scan", "-H"], "Did you mean -h, --help?"],
    [["scan", "--infcted"], 'Cannot use the option "--infcted": there is none of that name | Did you mean --infected?'],
    [["scan", "-x"], 'Cannot use the option "-x": there is none of that name | All options: mailward scan --help'],
    [["scan", "-ix"], 'Cannot use the option "-x"'],
    [["scan", "--jobs"], "without a value: -j, --jobs <count>"],
    [["scan", "--jobs", "--infected"], "without a value"],
    [["scan", "--infected=yes"], "--infected takes no value"],
    [["scan", "--json"], 'Cannot use the option "--json"'],
    [["--json", "ports"], "it belongs after the command's name | Commands that have it: ports"],
    [["--secret", "hidden"], 'Cannot use the option "--secret": there is none of that name'],
    [["prots", "--json"], 'Cannot run "prots": there is no such command | Did you mean "mailward ports"?'],
    [["scan", "--\u001b[31m"], '"--\\x1b[31m"'],
    [["scan", "--__proto__"], "there is none of that name"],
    [["scan", "--constructor=1"], "there is none of that name"],
  ])("refuses %j", (argv, message) => {
    expect(failure(...argv)).toContain(message);
  });

  test("lets a call for help win over what is wrong", () => {
    expect(read("scan", "--nonsense", "--help").options.help).toBe(true);
    expect(failure("scan", "--nonsense", "--", "--help")).toContain("--nonsense");
  });

  test("never throws anything but a UserError", () => {
    const word = fc.oneof(
      fc.constantFrom("scan", "ports", "--", "-", "--jobs", "-j", "-i", "--json", "--help", "--no-summary", "--="),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        expect(failure(...argv)).toBeTypeOf("string");
      }),
      { numRuns: 500 },
    );
  });
});

describe("unknownCommand()", () => {
  test("does not give away hidden commands", () => {
    expect(unknownCommand(program(), "hiden").hint).toBe("All commands: mailward --help");
  });
});
