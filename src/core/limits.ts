/** Every cap of the program, with its unit in the name and its reason beside it. */

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** Connections and deadlines. */
export const connectionLimits = {
  /** TCP and TLS set-up towards an upstream; a client's own patience is at least 20 s (mbsync). */
  connectTimeoutMs: 10_000,
  /** From accept to a successful login, as Dovecot and RFC-minded servers allow; ends slowloris clients (P-66). */
  preAuthTimeoutMs: 60_000,
  /** An upstream that accepts and says nothing (P-12 of the R list: hang). */
  upstreamGreetingTimeoutMs: 10_000,
  /** Silence on an authenticated connection: RFC 3501 §5.4 forbids less than 30 min. */
  idleTimeoutMs: 31 * 60_000,
  /** After QUIT or LOGOUT, or a half-close, the last answers still arrive within this. */
  closingTimeoutMs: 10_000,
  /** Silence a client may see while a message is held; the most impatient one gives up after 20 s. */
  keepAliveIntervalMs: 10_000,
  /** Bytes waiting to be written to one side before the other side is no longer read. */
  outboxHighWaterBytes: 256 * KIB,
  /** Connections served at once; beyond it, new ones wait in the kernel's accept queue. */
  maxConnections: 10_000,
} as const;

/** Lines, literals and queues of the protocols. */
export const protocolLimits = {
  /** A client's command line before login (P-37: 64 KiB before auth is refused); AUTH payloads are at most this (P-27). */
  commandLineBytes: 64 * KIB,
  /** A POP3 response line or status line; RFC 1939 allows 512, real servers send more. */
  pop3ResponseLineBytes: 64 * KIB,
  /** One IMAP response without its literals (P-37: BODYSTRUCTURE, LIST and SEARCH grow to megabytes). */
  imapResponseLineBytes: 16 * MIB,
  /** Literals in one command that we parse ourselves (LOGIN): names and passwords. */
  imapParsedLiteralBytes: 64 * KIB,
  /** Parenthesis depth in commands and responses (P-36). */
  imapNesting: 100,
  /** Tags are atoms; nobody sends long ones (P-40). */
  imapTagBytes: 256,
  /** Commands sent to the upstream whose responses are outstanding; then the client is no longer read. */
  pipelinedCommands: 1_000,
  /** Octets queued behind a held message before the upstream is no longer read. */
  heldOutputBytes: 4 * MIB,
  /** Names in `name/server` logins; RFC 5321 paths end at 254. */
  explicitLoginBytes: 1_024,
} as const;

/** Held messages. */
export const spoolLimits = {
  /** A held message up to this stays in memory; above it goes to an unlinked temporary file. */
  memoryBytesPerMessage: 1 * MIB,
  /** All held messages in memory together; beyond it every message goes to a file. */
  memoryBytesTotal: 64 * MIB,
  /** All temporary files together; beyond it a message is refused. */
  diskBytesTotal: 8 * 1024 * MIB,
  /** Octets not yet on disk before the upstream is no longer read. */
  unwrittenBytes: 4 * MIB,
} as const;

/** Defaults of the scanner (features.md section 4); all are configurable. */
export const scanLimits = {
  /** Octets of one message looked at; what is above is `limit-message`. */
  messageBytes: 256 * MIB,
  /** Decompressed octets per archive attachment. */
  archiveBytes: 30 * MIB,
  /** Decompressed octets per message. */
  messageArchiveBytes: 100 * MIB,
  /** Containers and messages inside each other. */
  depth: 10,
  /** Entries over all containers of a message. */
  entries: 10_000,
  /** MIME parts of a message. */
  parts: 10_000,
  /** Decompressed to compressed; more is an alarm. */
  ratio: 1_000,
  /** Smallest output that the ratio is applied to: short runs of one byte compress well in honest files. */
  ratioFloorBytes: 1 * MIB,
  /** Detections and reasons reported per message each. */
  findings: 100,
  /** Wall time per message. */
  timeMs: 120_000,
} as const;

/** The scan service as a process. */
export const serviceLimits = {
  /** A frame of the channel between daemon and scan service. */
  frameBytes: 1 * MIB,
  /** A result as JSON, before it is called garbage. */
  resultBytes: 8 * MIB,
  /** Waiting longer than the job's own time limit by this means that the process hangs. */
  graceMs: 5_000,
  /** First and longest wait before a crashed process is started again. */
  restartMinMs: 50,
  restartMaxMs: 30_000,
  /** Jobs waiting for a thread; beyond it the messages are refused, not passed. */
  queuedJobs: 10_000,
} as const;
