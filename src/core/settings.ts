/** The configuration as the program uses it: parsed, checked, every default filled in. Units are in the names. */
import type { ActionName, DeliveryMode } from "./model.ts";

export interface Settings {
  /** Addresses to listen on in explicit mode, `host:port`; an empty list turns the protocol's listener off. */
  readonly listen: { readonly pop3: readonly string[]; readonly imap: readonly string[] };
  /** Fixed forwards, `host:port=scheme://host:port`. */
  readonly forward: readonly string[];
  /** Upstream ports by protocol: `imap` and `pop3` speak STARTTLS or STLS, `imaps` and `pop3s` implicit TLS. */
  readonly ports: {
    readonly imap: readonly number[];
    readonly imaps: readonly number[];
    readonly pop3: readonly number[];
    readonly pop3s: readonly number[];
  };
  /** Upstreams relayed unscanned: address rules in the forms of `core/ip-range`, and host names or globs. */
  readonly exclude: { readonly ip: readonly string[]; readonly host: readonly string[] };
  readonly upstream: {
    /** PEM file with further trust anchors. */
    readonly caFile: string | undefined;
    readonly connectTimeoutMs: number;
    /** Lets clients on other hosts name loopback, link-local and private servers. */
    readonly allowPrivate: boolean;
  };
  readonly actions: {
    readonly infected: ActionName;
    readonly suspicious: ActionName;
    readonly incomplete: ActionName;
  };
  readonly delivery: {
    readonly mode: DeliveryMode;
    /** Silence towards a client that waits for a verdict before it is told so; undefined when it is never told. */
    readonly keepAliveMs: number | undefined;
  };
  readonly scan: {
    readonly messageBytes: number;
    readonly archiveBytes: number;
    readonly messageArchiveBytes: number;
    readonly depth: number;
    readonly entries: number;
    readonly ratio: number;
    readonly timeMs: number;
    /** Scan threads; 0 means one per core. */
    readonly threads: number;
    /** A text file with passwords to try on encrypted archives, one a line. */
    readonly passwordFile: string | undefined;
  };
  readonly uploads: {
    /** Whether messages that clients store on a server are scanned too. */
    readonly areScanned: boolean;
  };
  readonly engines: EngineSettings;
  /** What `mailward db` fetches. */
  readonly databases: {
    /** Addresses, each with what is known of it after `#`. */
    readonly sources: readonly string[];
    /** Undefined for the usual place. */
    readonly directory: string | undefined;
  };
  readonly cache: {
    readonly isOn: boolean;
    /** Verdicts remembered at most. */
    readonly entries: number;
  };
  readonly spool: {
    readonly memoryBytesPerMessage: number;
    readonly memoryBytesTotal: number;
    readonly diskBytesTotal: number;
  };
  readonly log: { readonly level: "debug" | "info" | "warning" | "error"; readonly format: "text" | "json" };
}

/** What judges mail. Paths are absolute. */
export interface EngineSettings {
  readonly signatures: {
    /** Files, directories and containers in ClamAV's forms, besides what `mailward db` manages. */
    readonly files: readonly string[];
  };
  readonly heuristics: {
    readonly isOn: boolean;
    /** Ids that are switched on and off against their default. */
    readonly on: readonly string[];
    readonly off: readonly string[];
  };
  readonly yara: { readonly rules: readonly string[]; readonly timeMs: number };
  readonly clamd: RemoteEngineSettings & {
    /** clamd's StreamMaxLength: no more is sent of one message. */
    readonly streamBytes: number;
  };
  readonly icap: RemoteEngineSettings;
  readonly rspamd: RemoteEngineSettings & {
    /** Names of symbols, `*` for any characters: what is malware, and what is suspicious. */
    readonly malware: readonly string[];
    readonly suspicious: readonly string[];
  };
}

/** An engine that is another program. */
export interface RemoteEngineSettings {
  /** A socket's path, `host:port` or a URL, as the engine has it; undefined when it is not used. */
  readonly address: string | undefined;
  /** Time for one message, retries included. */
  readonly timeMs: number;
  /** At once, at most. */
  readonly connections: number;
}
