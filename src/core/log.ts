/** The log as everything below `app` sees it. Field values come from the wire: the writer sanitizes them. */
export type LogLevel = "debug" | "info" | "warning" | "error";

export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Logger {
  /** `event` is a stable kebab-case name; `fields` never hold message bodies or credentials. */
  log(level: LogLevel, event: string, fields?: LogFields): void;
}

export const silentLogger: Logger = { log() {} };
