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
  /** A POP3 greeting or SASL challenge, and so any line while it is read (P-27). */
  pop3ResponseLineBytes: 64 * KIB,
  /** A POP3 status line that answers a command: RFC 1939 §3 allows 512, and some servers explain at length; more than
   *  words could be mail (P-45). */
  pop3StatusLineBytes: 2 * KIB,
  /** A line of a POP3 listing, and a SASL challenge in words: RFC 1939 §3 and RFC 2449 §4 allow no more. */
  pop3ListingLineBytes: 512,
  /** All lines of CAPA, AUTH or LANG together; real ones have some hundred octets. */
  pop3ListingBytes: 64 * KIB,
  /** Lines of LIST or UIDL: more messages than any server serves in one mailbox. */
  pop3ListingLines: 1_000_000,
  /** What a POP3 server may add after the size in a line of LIST ("octets"): a word or two; more could be mail (P-45). */
  pop3ListingRemarkBytes: 32,
  /** A unique identifier in UIDL: RFC 1939 §7 allows 70, some servers use whole file names. */
  pop3IdentifierBytes: 255,
  /** One IMAP response without its literals (P-37: BODYSTRUCTURE, LIST and SEARCH grow to megabytes). */
  imapResponseLineBytes: 16 * MIB,
  /** Literals in one command that we parse ourselves (LOGIN): names and passwords. */
  imapParsedLiteralBytes: 64 * KIB,
  /** Parenthesis depth in commands and responses (P-36). */
  imapNesting: 100,
  /** Tags are atoms; nobody sends long ones (P-40). */
  imapTagBytes: 256,
  /** A client's IMAP command line after login, without its literals: long sets of UIDs. */
  imapCommandLineBytes: 1 * MIB,
  /** One IMAP response with its literals (header fields, ENVELOPE strings, names) but without the messages in it. */
  imapResponseBytes: 32 * MIB,
  /** A string in an IMAP response that is no content (in ENVELOPE, a mailbox name, a label): longer ones are nothing that
   *  a person wrote as a name or a subject, and some clients take the first literal they meet for the message. */
  imapStringBytes: 64 * KIB,
  /** Logins tried on one connection in explicit mode; then it ends, as servers do. */
  loginAttempts: 5,
  /** Commands sent to the upstream whose responses are outstanding; then the client is no longer read. */
  pipelinedCommands: 1_000,
  /** Octets kept of all those commands, to know which messages they ask for; then the client is no longer read. */
  pendingCommandBytes: 1 * MIB,
  /** A sequence set up to this is kept; nobody asks for so many single messages at once, and a longer one counts as one
   *  that may ask for any message. */
  sequenceSetBytes: 64 * KIB,
  /** A client's octets that may not be handled yet before the client is no longer read; holds at least one line. */
  waitingCommandBytes: 64 * KIB,
  /** Messages of one connection on their way or waiting for a verdict; then further POP3 RETR and TOP wait, and an IMAP
   *  upstream is no longer read, so that one client does not fill the spool. */
  heldMessages: 64,
  /** Commands that no mail client says, before login; then the connection ends (P-57: HTTP sent to a mail port). */
  badCommands: 3,
  /** Commands answered by ourselves before login; a mail client needs some ten, so it is none that goes on. */
  answersBeforeLogin: 1_000,
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
  /** A judged message is kept this long after the last slice of it, for clients that read a message piece by piece. */
  copyTimeoutMs: 60_000,
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

/** Reading one message; what is beyond is a reason in the verdict, and is still looked at as plain octets. */
export const mimeLimits = {
  /** Entities inside each other in the same octets; honest mail stays below 10, forwards of forwards below 30. */
  depth: 100,
  /** Readings of one entity: boundaries that some mail program may take for the right one. */
  readings: 16,
  /** MIME fields kept of one header, duplicates included; honest ones have at most 8. */
  fields: 64,
  /** Octets of one MIME field that are parsed: RFC 2231 file names reach some kilobytes. */
  fieldBytes: 256 * KIB,
  /** Octets of a field name before its colon. */
  fieldNameBytes: 128,
  /** Parameters of one field; RFC 2231 continuations count one each. */
  parameters: 10_000,
  /** Lines that begin with two hyphens: 12 octets each are kept for finding delimiters. */
  delimiterLines: 1_000_000,
  /** Comparisons of such lines with boundaries, over all entities and readings of a message and those inside it. */
  delimiterComparisons: 2_000_000,
  /** White space and NULs before the hyphens of a delimiter that some readers skip. */
  delimiterIndentBytes: 64,
  /** Entities that only unusual readings show, of a message and those inside it. */
  irregularEntities: 1_000,
  /** Octets looked at in all readings together, as a multiple of the message. */
  viewFactor: 8,
  /** Octets that are always allowed, so that small messages with many readings are looked at in full. */
  viewFloorBytes: 1 * MIB,
  /** Base64 and uuencoded pieces looked at in one text. */
  embeddedPieces: 1_000,
  /** Characters of a file name that are kept. */
  nameCharacters: 255,
  /** Octets of a header value that are decoded for people. */
  displayBytes: 4 * KIB,
  /** Characters of a header value that are shown. */
  displayCharacters: 500,
} as const;

/** Taking parts out of a message. */
export const rewriteLimits = {
  /** Parts replaced one by one; with more of them the whole body is replaced. */
  parts: 100,
  /** Findings listed in one notice. */
  listedFindings: 20,
  /** Characters of one value from the message in a notice. */
  valueCharacters: 200,
} as const;

/** Engines besides the built-in signatures. */
export const engineLimits = {
  /** Rules of a small set take some milliseconds; a slow rule on a large message takes seconds. */
  yaraTimeMs: 10_000,
  /** Octets of all pieces of a message that are handed to engines which take the message as a whole. */
  collectedBytes: 64 * MIB,
  /** Pieces of a message handed to such engines. */
  collectedPieces: 1_000,
  /** One message at an engine in another program; clamd's own limit for one scan is 120 s. */
  remoteTimeMs: 30_000,
  /** Connections to an engine in another program at once: clamd has 10 threads by default. */
  remoteConnections: 8,
  /** clamd's default StreamMaxLength. */
  clamdStreamBytes: 100 * MIB,
} as const;

/** Remembered verdicts. */
export const cacheLimits = {
  /** About a hundred octets each, in memory and on disk. */
  entries: 100_000,
} as const;

/** Hash lists. */
export const signatureLimits = {
  /** Problems reported for one list; a list of another format would report every line. */
  problems: 100,
  /** Octets of one line: two digests, a size and a name are below 400. */
  lineBytes: 1_024,
  /** Octets of a detection name. */
  nameBytes: 255,
} as const;

/** The scan service as a process. */
export const serviceLimits = {
  /** A frame of message octets on the channel between daemon and scan service: small enough to interleave jobs. */
  frameBytes: 1 * MIB,
  /** A frame of words about the service itself (settings, problems, why it can not start). */
  controlBytes: 256 * KIB,
  /** A result as JSON, before it is called garbage: 200 findings of the longest texts stay below it. */
  resultBytes: 8 * MIB,
  /** Characters of one text in a result (names, details, header values); the service cuts, the daemon refuses. */
  textCharacters: 1_000,
  /** Names in the path of a detection and characters of each, whatever depth is configured: what keeps a result with
   *  the most findings, every character escaped, below resultBytes. */
  pathNames: 32,
  pathCharacters: 200,
  /** Octets that a rewrite may put in, beyond twice the message (re-encoding an attachment grows it by a third). */
  editBytes: 1 * MIB,
  /** Edits of one message: one for each part, and some. */
  edits: 20_000,
  /** Waiting longer than the job's own time limit by this means that the process hangs. */
  graceMs: 5_000,
  /** A thread may exceed the job's time limit by this, so that the scanner's own answer comes first. */
  threadGraceMs: 1_000,
  /** A scan that nobody waits for any more is let finish for this long: shorter than that it is not worth a thread. */
  abandonedMs: 1_000,
  /** How often a process with work to do is checked; a stopped one is replaced within a few of these. */
  heartbeatMs: 100,
  /** Checks without a sign of life before a process counts as hanging; a busy machine starves one for seconds. */
  silentHeartbeats: 50,
  /** Checks without a sign of life before the kernel is asked whether the process is stopped. */
  suspectHeartbeats: 2,
  /** From start to ready; large hash lists take seconds to read. */
  startTimeoutMs: 60_000,
  /** Starts that fail in a row before waiting messages are refused. */
  startAttempts: 3,
  /** After the channel is closed the process is given this long to end by itself. */
  closeMs: 1_000,
  /** First and longest wait before a crashed process is started again. */
  restartMinMs: 50,
  restartMaxMs: 30_000,
  /** Jobs waiting for a thread; beyond it the messages are refused, not passed. */
  queuedJobs: 10_000,
  /** A message up to this is sent ahead while all threads are busy; larger ones would pile up in the service. */
  aheadBytes: 64 * KIB,
  /** Script heap of one scan thread: messages and decoded parts are outside it. */
  threadHeapBytes: 512 * MIB,
  /** Memory the process may take on after its start, besides what its jobs may hold: threads, code, garbage. */
  baseMemoryBytes: 256 * MIB,
  /** The most of the machine's memory that the process may take: what is left is the daemon's and everybody else's. */
  memoryShare: 0.75,
  /** How often the process looks at its own memory while it scans: 2 GB take longer than this to fill. */
  memoryCheckMs: 100,
  /** Lines of the process's stderr that are logged, and characters of each. */
  errorLines: 50,
  errorLineCharacters: 500,
  /** Problems the process may report in its life. */
  problems: 100,
} as const;

/** The live table. */
export const viewLimits = {
  /** Redraws at most, keys included: enough to look alive. */
  framesPerSecond: 10,
  /** Wait before a change is drawn: a busy proxy has better things to do than to draw its own counters. */
  snapshotIntervalMs: 200,
  /** Characters of one text from the wire that are looked at before it is cut to its column. */
  textCharacters: 300,
} as const;

/** Saved mail. */
export const mailboxLimits = {
  /** One read of a mailbox; large enough that the reading costs less than the scan by far. */
  readBytes: 512 * KIB,
  /** One read of a message that is read from its file again. */
  reReadBytes: 128 * KIB,
  /** A file up to this is read whole, and so much of a message from a pipe is kept in memory. */
  heldBytesPerMessage: 1 * MIB,
  /** A line that separates messages: an address of 320 octets and a date are shorter by far. */
  fromLineBytes: 1_024,
  /** Lines in one message at which some mail program begins another one; beyond it the rest is one piece. */
  doubtfulFromLines: 64,
  /** Octets at the start of a file that tell its format. */
  identifyBytes: 4 * KIB,
  /** Messages, files and directories read but not yet reported: a slow message does not stop those after it. */
  eventsInFlight: 512,
  /** Octets of messages given to the scan service and not yet judged; one larger message goes alone. */
  bytesInFlight: 32 * MIB,
  /** Results written before a slow reader of them is waited for. */
  unsettledCharacters: 64 * KIB,
} as const;

/** What is kept for showing. */
export const snapshotLimits = {
  /** Findings listed; older ones are in the log. */
  recentDetections: 100,
} as const;

/** The configuration: written by people and scripts, so small; read by the daemon, so bounded. */
export const configLimits = {
  /** Octets of a configuration file; ten thousand rules fit. */
  fileBytes: 2 * MIB,
  /** Braces and brackets inside each other; the deepest key needs three, the JSON parser recurses. */
  depth: 32,
  /** Entries of one list (exclusions, ports, forwards). */
  listEntries: 10_000,
  /** Characters of one text value (a path, a rule). */
  textCharacters: 4_096,
  /** Problems reported at once. */
  problems: 20,
  /** Symbolic links followed from the configuration's path to the file. */
  symbolicLinks: 40,
  /** A change waits this long for another program that is writing the same file. */
  lockWaitMs: 5_000,
  /** First wait between two tries; a write takes a few milliseconds. */
  lockPollMs: 20,
} as const;

/** The log. */
export const logLimits = {
  /** Characters of one field's value. */
  valueCharacters: 500,
  /** Characters of one line. */
  lineCharacters: 4_096,
  /** Octets waiting for a slow reader; beyond it lines are counted and dropped. */
  pendingBytes: 1 * MIB,
  /** Refusals and protocol errors of one connection that are logged; a peer can provoke them without end. */
  complaintsPerConnection: 50,
} as const;
