/** The program's entry: arguments to the command line, its exit code to the system. */
import { run } from "./cli/run.ts";

void run(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
