/** Measures mailward beside other ways through a connection, and prints medians and ratios.
 *  Usage: npm run bench -- --harness DIR [--rounds N] [--seconds N] [--skip-proxy] [--skip-commands]
 *  DIR is the proxy benchmark harness (a memory-served origin, a checking load client, relays to compare with). */
import { parseArgs } from "node:util";
import { measureCommands } from "./commands.ts";
import { measureProxies } from "./proxies.ts";

const { values } = parseArgs({
  options: {
    harness: { type: "string" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
    "skip-proxy": { type: "boolean", default: false },
    "skip-commands": { type: "boolean", default: false },
  },
});

const root = new URL("../../", import.meta.url).pathname;
if (!values["skip-commands"]) measureCommands(`${root}dist/mailward`);
if (!values["skip-proxy"]) {
  if (values.harness === undefined) {
    process.stderr.write("bench: --harness DIR is missing: the folder with the proxy benchmark harness\n");
    process.exitCode = 2;
  } else {
    measureProxies({
      executable: `${root}dist/mailward`,
      harness: values.harness,
      rounds: Number(values.rounds),
      seconds: Number(values.seconds),
    });
  }
}
