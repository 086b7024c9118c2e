/** The command line: argv to a command, its answer to an exit code, its errors to one line and a hint. */
import { type CAC, type Command, cac } from "cac";
import { errorText, UserError } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";
import { type Arguments, readArguments, unknownCommand } from "./arguments.ts";
import { registerConfig } from "./config.ts";
import { type CliContext, processContext } from "./context.ts";
import { registerDb } from "./db.ts";
import { registerDemo } from "./demo.ts";
import { registerExclude } from "./exclude.ts";
import { commandHelp, programHelp } from "./help.ts";
import { registerHeuristics } from "./heuristics.ts";
import { registerLicenses } from "./licenses.ts";
import { registerPorts } from "./ports.ts";
import { registerScan } from "./scan.ts";
import { registerScanService } from "./scan-service.ts";
import { registerServe } from "./serve.ts";
import { wrapLines } from "./wrap-lines.ts";

/** Every command, in the order of the help text. Registering must stay cheap: what takes time to load is imported by
 *  the action. */
const REGISTRATIONS: readonly ((cli: CAC, context: CliContext) => void)[] = [
  registerServe,
  registerDemo,
  registerScan,
  registerDb,
  registerConfig,
  registerPorts,
  registerExclude,
  registerHeuristics,
  registerLicenses,
  registerScanService,
];

/** Runs the command that `argv` (without node and script) asks for and answers the exit code. Never rejects. */
export async function run(argv: readonly string[], context: CliContext = processContext(argv)): Promise<number> {
  let code: number;
  try {
    code = await dispatch(argv, context);
  } catch (error) {
    code = report(error, context);
  }
  const failure = await context.stdout.flush();
  if (failure === undefined) return code;
  context.note(`Cannot write the output: ${sanitize(failure)}`);
  return EXIT_ERROR;
}

async function dispatch(argv: readonly string[], context: CliContext): Promise<number> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) return showVersion(context);
  const cli = buildCli(context);
  const args = readArguments(cli, argv);
  if (args.options.help === true) return await showHelp(cli, args, context);
  if (args.options.version === true) return showVersion(context);
  if (args.word === undefined) {
    context.stderr.write(wrapLines(programHelp(cli, context.version), context.stderr.columns));
    return EXIT_ERROR;
  }
  if (args.command === undefined && args.word === "help") {
    const [word] = args.positionals;
    const command = cli.commands.find((candidate) => word !== undefined && candidate.isMatched(word));
    return await showHelp(cli, { ...args, word, command }, context);
  }
  if (args.command === undefined) throw unknownCommand(cli, args.word);
  const code: unknown = await args.command.commandAction?.(
    ...actionWords(args.command, args.positionals),
    args.options,
  );
  return typeof code === "number" ? code : 0;
}

function buildCli(context: CliContext): CAC {
  const cli = cac("mailward");
  cli.option("--config <file>", "Use this configuration file (else MAILWARD_CONFIG, else the user's)");
  cli.option("--no-color", "No colours (NO_COLOR does the same)");
  cli.option("-h, --help", "Show help");
  cli.option("-V, --version", "Show the version");
  for (const register of REGISTRATIONS) register(cli, context);
  for (const command of cli.commands) {
    if (command.description !== "" && command.examples[0] !== undefined) cli.example(command.examples[0]);
  }
  return cli;
}

/** The words as cac hands them to an action: one argument for each, the rest as a list for a variadic one. */
function actionWords(command: Command, words: readonly string[]): unknown[] {
  const usageHint = `Usage: mailward ${(command.usageText ?? command.rawName).split("\n").join("\n       mailward ")}`;
  const missing = command.args.find((arg, index) => arg.required && words[index] === undefined);
  if (missing !== undefined) {
    throw new UserError(`Cannot run "mailward ${command.name}": ${missing.value.toUpperCase()} is missing`, {
      hint: usageHint,
    });
  }
  const hasRest = command.args.some((arg) => arg.variadic);
  const surplus = words[command.args.length];
  if (!hasRest && surplus !== undefined) {
    throw new UserError(`Cannot run "mailward ${command.name}" with "${sanitize(surplus, 100)}": one word too many`, {
      hint: usageHint,
    });
  }
  return command.args.map((arg, index) => (arg.variadic ? words.slice(index) : words[index]));
}

function showVersion(context: CliContext): number {
  context.stdout.write(`mailward ${context.version}\n`);
  return 0;
}

async function showHelp(cli: CAC, args: Arguments, context: CliContext): Promise<number> {
  const { command, word } = args;
  if (command === undefined && word !== undefined && word !== "help") throw unknownCommand(cli, word);
  const text = command === undefined ? programHelp(cli, context.version) : await commandHelp(cli, command);
  context.stdout.write(wrapLines(text, context.stdout.columns));
  return 0;
}

function report(error: unknown, context: CliContext): number {
  if (error instanceof UserError) {
    context.note(sanitizeLines(error.message));
    if (error.hint !== undefined) context.stderr.write(`${sanitizeLines(error.hint)}\n`);
    return error.exitCode;
  }
  context.note(`Cannot go on: an error in mailward itself: ${sanitize(errorText(error))}`);
  const stack = error instanceof Error ? error.stack : undefined;
  if (context.env.MAILWARD_DEBUG && stack !== undefined) context.stderr.write(`${stack}\n`);
  else context.stderr.write("With MAILWARD_DEBUG=1 it says where.\n");
  return EXIT_ERROR;
}

/** Paths and words from outside may be anything; the line breaks are our own. */
function sanitizeLines(text: string): string {
  return text
    .split("\n")
    .map((line) => sanitize(line, MAX_LINE_CHARACTERS))
    .join("\n");
}

const MAX_LINE_CHARACTERS = 4_096;
const EXIT_ERROR = 2;
