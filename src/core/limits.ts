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
  /** An upstream that sends nothing in the middle of a message, while it could, is not coming back: that is longer than any
   *  pause of TCP that a connection survives in practice. Measured in quarters. */
  messageSilenceMs: 5 * 60_000,
  /** One message may take this long to arrive: 100 MB at 15 kB/s. A trickle beyond it is there to keep a connection. */
  messageTotalMs: 2 * 60 * 60_000,
  /** First probe of an idle connection; routers forget one after some minutes, and a client that is gone is noticed. */
  tcpKeepAliveMs: 120_000,
  /** Silence a client may see while a message is held; the most impatient one gives up after 20 s. */
  keepAliveIntervalMs: 10_000,
  /** Bytes waiting to be written to one side before the other side is no longer read. */
  outboxHighWaterBytes: 256 * KIB,
  /** Octets of held messages on their way to one client before it asks for and gets no more: they stay in the spool, which
   *  a client that does not read must not fill. Above what one message usually has, so that the next one arrives meanwhile. */
  outboxRangeBytes: 32 * MIB,
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
  /** One in so many partial fetches that mailward could answer alone goes to the upstream, which ends a connection on which
   *  it hears nothing for half an hour (RFC 9051 §5.4). */
  localAnswers: 16,
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
  /** Messages in one APPEND that is scanned: all of them are held until the last one is judged. */
  uploadedMessages: 64,
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
  /** So many of them in one connection, and so many octets unless it is one alone: clients read a few messages at once. */
  copies: 16,
  copyBytes: 32 * MIB,
  /** Octets not yet on disk before the upstream is no longer read. */
  unwrittenBytes: 4 * MIB,
} as const;

/** Remembered verdicts. */
export const cacheLimits = {
  /** About a hundred octets each, in memory and on disk. */
  entries: 100_000,
  /** Characters of all findings remembered together: hostile mail makes many verdicts with long texts. */
  findingCharacters: 16 * MIB,
  /** Characters of the findings of one verdict that is remembered; one with more is found again. */
  verdictCharacters: 64 * KIB,
  /** What an engine in another program said counts for so long: nobody tells when its database changes. */
  remoteAgeMs: 10 * 60_000,
  /** A message from a file that may change meanwhile is held in memory up to this size, so that what is scanned is what
   *  was hashed; a larger one is hashed once more on its way. */
  heldBytes: 1 * MIB,
  /** Verdicts not yet written to the file; then they are written at once. */
  unsavedVerdicts: 1_024,
  /** Wait before new verdicts are written: one write for the messages of a download, little lost in a crash. */
  saveDelayMs: 2_000,
  /** The file may hold so many times `entries` verdicts, of older databases too, before it is written anew. */
  fileFactor: 2,
  /** A part below it costs less to scan than to remember. */
  partBytes: 16 * KIB,
  /** Parts remembered by one scan thread. */
  parts: 2_048,
  /** Parts of which a scan thread remembers that there was one that looked the same: only a second one is hashed. */
  partLooks: 16_384,
} as const;

/** Messages that were replaced, and what IMAP tells of them. */
export const rewrittenLimits = {
  /** About a kilobyte each, in memory and on disk; the oldest are forgotten, and the upstream's values tell their size. */
  entries: 10_000,
  /** Octets of all of them together. */
  bytes: 32 * MIB,
  /** ENVELOPE and BODYSTRUCTURE of one message; honest ones have some kilobytes. */
  entryBytes: 256 * KIB,
  /** Of those that one connection follows by number. */
  followedBytes: 4 * MIB,
  /** Parts of one message whose decoded size is kept. */
  parts: 100,
  /** Wait before new ones are written: a second fetch of the same message brings nothing new. */
  saveDelayMs: 1_000,
} as const;

/** Signature databases: fetched, kept, and taken up while the program runs. */
export const databaseLimits = {
  /** Octets of one database, as served and unpacked; the largest of ClamAV's has 170 MB. */
  fileBytes: 512 * MIB,
  /** Octets of a licence's text; the GPL has 35 kB. */
  licenseBytes: 256 * KIB,
  /** Octets of a file with a checksum: lists of them are looked through too. */
  checksumBytes: 64 * KIB,
  /** Redirects followed. */
  redirects: 5,
  /** From connecting to the first octet of an answer, and between any two of them. */
  silenceMs: 30_000,
  /** One source in all, however slowly it trickles. */
  totalMs: 30 * 60_000,
  /** Characters of a source's name, which is a file's name. */
  nameCharacters: 100,
  /** Octets of what is recorded about one source. */
  recordBytes: 64 * KIB,
  /** Sources at most. */
  sources: 1_000,
  /** Problems of the databases that are listed for people. */
  listedProblems: 20,
  /** After a change the databases are left alone for this long before they are loaded: an update writes several files. */
  settleMs: 2_000,
  /** File systems that report no changes (network shares), and lost reports, are made up for this often. */
  recheckMs: 5 * 60_000,
  /** Files and folders that are watched; a folder of more is looked at when the time comes. */
  watchedFolders: 100,
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
  reReadBytes: 256 * KIB,
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
  /** Lines that wait for the live table to give the terminal back; of more the last ones are kept. */
  heldLines: 50,
} as const;
