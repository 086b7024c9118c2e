/** The engines in other programs, in the order in which their findings are listed. */
export const REMOTE_ENGINE_NAMES = ["clamd", "icap", "rspamd"] as const;
