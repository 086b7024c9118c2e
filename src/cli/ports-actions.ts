/** What the forms of `mailward ports` do. */
import { PORT_PROTOCOLS, type PortProtocol, type Values } from "../config/schema.ts";
import { UserError } from "../core/errors.ts";
import { jsonLine } from "../core/json-line.ts";
import { sanitize } from "../core/sanitize.ts";
import type { Settings } from "../core/settings.ts";
import { type CliOptions, flagOption } from "./arguments.ts";
import { changeConfig, requireValid, tellChange } from "./config-change.ts";
import type { CliContext } from "./context.ts";
import { alignRows } from "./output.ts";
import type { PortsAction } from "./ports.ts";
import { chooseWord, refuseSurplus, splitEntries } from "./subcommand.ts";

export async function runPorts(
  action: PortsAction,
  protocolWord: string | undefined,
  words: readonly string[],
  options: CliOptions,
  context: CliContext,
): Promise<number> {
  if (action === "list") {
    refuseSurplus("ports list", words);
    const only = protocolWord === undefined ? undefined : chooseWord("ports list", protocolWord, PORT_PROTOCOLS);
    list(await context.loadSettings(options), only, options, context);
    return 0;
  }
  const protocol = chooseWord(`ports ${action}`, protocolWord, PORT_PROTOCOLS);
  const ports = splitEntries(words).map(parsePort);
  if (ports.length === 0) {
    throw new UserError(`Cannot ${action} a port: none is given`, {
      hint: `mailward ports ${action} ${protocol} PORT`,
    });
  }
  const key = `ports.${protocol}` as const;
  const outcome = await changeConfig(context, options, (current) => {
    const present = requireValid(current).values;
    const value = action === "add" ? added(protocol, ports, present, context) : removed(protocol, ports, present);
    return value.length === present[key].length ? undefined : { key, value };
  });
  tellChange(context, key, outcome);
  return 0;
}

function list({ ports }: Settings, only: PortProtocol | undefined, options: CliOptions, context: CliContext): void {
  if (flagOption(options, "json")) {
    context.stdout.write(`${jsonLine(only === undefined ? ports : ports[only])}\n`);
  } else if (only !== undefined) context.stdout.write(ports[only].map((port) => `${port}\n`).join(""));
  else context.stdout.write(alignRows(PORT_PROTOCOLS.map((protocol) => [protocol, ports[protocol].join(", ")])));
}

function added(
  protocol: PortProtocol,
  ports: readonly number[],
  values: Values,
  context: CliContext,
): readonly number[] {
  const present = values[`ports.${protocol}`];
  for (const port of ports) {
    const owner = PORT_PROTOCOLS.find((other) => other !== protocol && values[`ports.${other}`].includes(port));
    if (owner !== undefined) {
      throw new UserError(`Cannot add port ${port} to ${protocol}: it is a port of ${owner}`, {
        hint: `mailward ports remove ${owner} ${port}`,
      });
    }
  }
  const missing = ports.filter((port) => !present.includes(port));
  const known = ports.filter((port) => present.includes(port));
  if (known.length > 0 && missing.length > 0) context.note(`ports of ${protocol} already: ${known.join(", ")}`);
  return [...new Set([...present, ...missing])];
}

function removed(protocol: PortProtocol, ports: readonly number[], values: Values): readonly number[] {
  const present = values[`ports.${protocol}`];
  const absent = ports.find((port) => !present.includes(port));
  if (absent === undefined) return present.filter((port) => !ports.includes(port));
  const owner = PORT_PROTOCOLS.find((other) => values[`ports.${other}`].includes(absent));
  throw new UserError(`Cannot remove port ${absent} from ${protocol}: it is not there`, {
    hint:
      owner === undefined
        ? `The ports of ${protocol}: ${present.join(", ") || "none"}`
        : `It is a port of ${owner}: mailward ports remove ${owner} ${absent}`,
  });
}

/** Ports are decimal: `0143` may be meant as an octal number or not, so it is nothing. */
function parsePort(text: string): number {
  const port = Number(text);
  if (/^[1-9][0-9]{0,4}$/.test(text) && port <= 65_535) return port;
  throw new UserError(`Cannot use "${sanitize(text, 100)}" as a port: a port is a number from 1 to 65535`);
}
