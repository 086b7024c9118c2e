/** The help texts, built from what the commands say of themselves when they register. */
import type { CAC, Command } from "cac";
import { alignRows } from "./output.ts";

/** The overview: what the program is, its commands, its options, where it was tested. */
export function programHelp(cli: CAC, version: string): string {
  const visible = cli.commands.filter((command) => command.description !== "");
  return [
    `mailward ${version}: scans mail in transit between any mail client and any IMAP or POP3 server.\n`,
    section("Usage", "  mailward <command> [options]\n"),
    section(
      "Commands",
      alignRows(
        visible.map((command) => [command.name, command.description]),
        "  ",
      ),
    ),
    section("Options", optionRows(cli.globalCommand.options)),
    section("Examples", exampleRows(cli.globalCommand)),
    section("Exit codes", EXIT_CODES),
    "More about one command: mailward <command> --help\n",
    PLATFORMS,
  ].join("\n");
}

/** Text that is added to a command's help; it is built only when somebody asks for help. */
export function setHelpDetails(command: Command, build: () => Promise<string>): void {
  DETAILS.set(command, build);
}

const DETAILS = new WeakMap<Command, () => Promise<string>>();

/** Help for one command. A command with several forms gives them, one a line, as its usage text. */
export async function commandHelp(cli: CAC, command: Command): Promise<string> {
  const usage = (command.usageText ?? command.rawName).split("\n");
  const sections = [
    `mailward ${command.name}: ${command.description}\n`,
    section("Usage", usage.map((line) => `  mailward ${line}\n`).join("")),
    section("Options", optionRows([...command.options, ...cli.globalCommand.options])),
  ];
  if (command.examples.length > 0) sections.push(section("Examples", exampleRows(command)));
  const details = await DETAILS.get(command)?.();
  if (details !== undefined) sections.push(details);
  return sections.join("\n");
}

function section(title: string, body: string): string {
  return `${title}:\n${body}`;
}

function optionRows(options: readonly Command["options"][number][]): string {
  const rows = options.map((option) => {
    const isLongOnly = option.rawName.startsWith("--");
    return [isLongOnly ? `    ${option.rawName}` : option.rawName, option.description];
  });
  return alignRows(rows, "  ");
}

function exampleRows(command: Command): string {
  return command.examples
    .map((example) => `  ${typeof example === "function" ? example("mailward") : example}\n`)
    .join("");
}

const EXIT_CODES = alignRows(
  [
    ["0", "done; nothing was found"],
    ["1", "something was found (scan), or a check did not pass"],
    ["2", "misuse or an error"],
  ],
  "  ",
);

const PLATFORMS = "Tested on Linux. It has not been tested on macOS or Windows.\n";
