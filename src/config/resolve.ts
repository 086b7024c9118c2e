/** From layers to settings: the strongest layer that has a key gives its value, and what contradicts is refused. */
import type { Settings } from "../core/settings.ts";
import { parseDatabaseSource } from "./database-source.ts";
import { tryForward } from "./forward.ts";
import type { Layer, Origin } from "./layer.ts";
import type { JsonValue } from "./leaf.ts";
import { formatHostPort, tryListenAddress } from "./listen-address.ts";
import type { Problem } from "./problem.ts";
import { KEY_NAMES, type KeyName, leafOf, PORT_PROTOCOLS, type Values } from "./schema.ts";

/** The values in force and where each comes from. */
export interface Resolved {
  readonly values: Values;
  readonly origins: Readonly<Record<KeyName, { readonly origin: Origin; readonly place: string }>>;
}

/** Takes each key from the last of `layers` that has it, else from the defaults. */
export function resolveLayers(layers: readonly Layer[]): Resolved {
  const values: Record<string, unknown> = {};
  const origins: Record<string, { origin: Origin; place: string }> = {};
  for (const key of KEY_NAMES) {
    const layer = layers.findLast((candidate) => Object.hasOwn(candidate.values, key));
    values[key] = layer === undefined ? defaultOf(key) : layer.values[key];
    origins[key] = { origin: layer?.origin ?? "default", place: layer?.place(key) ?? "default" };
  }
  return { values: values as Values, origins: origins as Resolved["origins"] };
}

/** What no single key shows: a port in two lists, two listeners in one place, a spool that can not hold a message, two
 *  databases in one file. */
export function findContradictions(resolved: Resolved): Problem[] {
  return [
    ...portsInTwoLists(resolved),
    ...listenersInOnePlace(resolved),
    ...spoolTooSmall(resolved),
    ...sourcesOfOneName(resolved),
  ];
}

/** The values under the names that the program uses. */
export function toSettings(values: Values): Settings {
  return {
    listen: { pop3: values["listen.pop3"], imap: values["listen.imap"] },
    forward: values.forward,
    ports: {
      imap: values["ports.imap"],
      imaps: values["ports.imaps"],
      pop3: values["ports.pop3"],
      pop3s: values["ports.pop3s"],
    },
    exclude: { ip: values["exclude.ip"], host: values["exclude.host"] },
    upstream: {
      caFile: values["upstream.caFile"],
      connectTimeoutMs: values["upstream.connectTimeout"],
      allowPrivate: values["upstream.allowPrivate"],
    },
    actions: {
      infected: values["actions.infected"],
      suspicious: values["actions.suspicious"],
      incomplete: values["actions.incomplete"],
    },
    delivery: { mode: values["delivery.mode"], keepAliveMs: values["delivery.keepAlive"] },
    scan: {
      messageBytes: values["scan.messageSize"],
      archiveBytes: values["scan.archiveSize"],
      messageArchiveBytes: values["scan.messageArchiveSize"],
      depth: values["scan.depth"],
      entries: values["scan.entries"],
      ratio: values["scan.ratio"],
      timeMs: values["scan.timeLimit"],
      threads: values["scan.threads"],
      passwordFile: values["scan.passwordFile"],
    },
    uploads: { areScanned: values["scan.uploads"] },
    engines: {
      signatures: { files: values["signatures.files"] },
      heuristics: {
        isOn: values["heuristics.enabled"],
        on: values["heuristics.on"],
        off: values["heuristics.off"],
      },
      yara: { rules: values["yara.rules"], timeMs: values["yara.timeLimit"] },
      clamd: {
        address: values["clamd.address"],
        timeMs: values["clamd.timeLimit"],
        connections: values["clamd.connections"],
        streamBytes: values["clamd.streamSize"],
      },
      icap: {
        address: values["icap.address"],
        timeMs: values["icap.timeLimit"],
        connections: values["icap.connections"],
      },
      rspamd: {
        address: values["rspamd.address"],
        timeMs: values["rspamd.timeLimit"],
        connections: values["rspamd.connections"],
        malware: values["rspamd.malware"],
        suspicious: values["rspamd.suspicious"],
      },
    },
    databases: { sources: values["signatures.sources"], directory: values["signatures.directory"] },
    cache: { isOn: values["cache.enabled"], entries: values["cache.entries"] },
    spool: {
      memoryBytesPerMessage: values["spool.memoryPerMessage"],
      memoryBytesTotal: values["spool.memory"],
      diskBytesTotal: values["spool.disk"],
    },
    log: { level: values["log.level"], format: values["log.format"] },
  };
}

/** A value in the file's form, as `config get` shows it. */
export function writtenValue(values: Values, key: KeyName): JsonValue {
  return leafOf(key).write(values[key]);
}

function defaultOf(key: KeyName): unknown {
  const { type, fallback } = leafOf(key);
  return type.parse(fallback);
}

function portsInTwoLists({ values, origins }: Resolved): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<number, KeyName>();
  for (const protocol of PORT_PROTOCOLS) {
    const key = `ports.${protocol}` as const;
    for (const port of values[key]) {
      const owner = owners.get(port);
      owners.set(port, owner ?? key);
      if (owner === undefined) continue;
      const other = origins[owner];
      // The one that somebody wrote is the one to look at, not the default that it contradicts.
      const place = origins[key].origin === "default" ? other.place : origins[key].place;
      problems.push({ place, text: `port ${port} is in "${owner}" and in "${key}"; a port belongs to one protocol` });
    }
  }
  return problems;
}

function listenersInOnePlace({ values, origins }: Resolved): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<string, KeyName>();
  for (const key of ["listen.pop3", "listen.imap", "forward"] as const) {
    for (const text of values[key]) {
      const place = listenPlace(key, text);
      const owner = place === undefined ? undefined : owners.get(place);
      if (place === undefined) continue;
      owners.set(place, owner ?? key);
      if (owner === undefined) continue;
      const where = origins[key].origin === "default" ? origins[owner].place : origins[key].place;
      problems.push({ place: where, text: `"${owner}" and "${key}" both listen on ${place}` });
    }
  }
  return problems;
}

/** Port 0 is another one each time. */
function listenPlace(key: "listen.pop3" | "listen.imap" | "forward", text: string): string | undefined {
  const parsed = key === "forward" ? tryForward(text) : tryListenAddress(text);
  if (parsed.type === "invalid") return undefined;
  const address = "listen" in parsed.value ? parsed.value.listen : parsed.value;
  return address.port === 0 ? undefined : formatHostPort(address.host, address.port);
}

function spoolTooSmall({ values, origins }: Resolved): Problem[] {
  if (values["spool.memoryPerMessage"] <= values["spool.memory"]) return [];
  const { origin, place } = origins["spool.memoryPerMessage"];
  const where = origin === "default" ? origins["spool.memory"].place : place;
  return [{ place: where, text: '"spool.memoryPerMessage" is more than "spool.memory" has for all messages' }];
}

function sourcesOfOneName({ values, origins }: Resolved): Problem[] {
  const problems: Problem[] = [];
  const names = new Set<string>();
  for (const text of values["signatures.sources"]) {
    const parsed = parseDatabaseSource(text);
    if (parsed.type === "invalid") continue;
    // Some file systems take A and a for the same name.
    const name = parsed.value.name.toLowerCase();
    if (names.has(name)) {
      const { place } = origins["signatures.sources"];
      problems.push({
        place,
        text: `"signatures.sources" has two called ${name}; #name=… names one of them otherwise`,
      });
    }
    names.add(name);
  }
  return problems;
}
