/** The caps of everything that looks into mail, each with its unit in the name and its reason beside it. */
import { KIB, MIB } from "./limits.ts";

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
  /** What a layer of compression around one file counts as; none at all would let one that holds itself go on for ever. */
  layerDepth: 0.1,
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
  /** Boundaries that are looked for in one entity; what is not in the body is no reading. */
  boundaries: 256,
  /** MIME fields kept of one header, the first and the last ones; honest ones have at most 8. */
  fields: 256,
  /** Octets of one MIME field that are parsed: RFC 2231 file names reach some kilobytes. */
  fieldBytes: 256 * KIB,
  /** Octets of a field name before its colon, with white space and what else readers skip. */
  fieldNameBytes: 1 * KIB,
  /** Parameters of one field; RFC 2231 continuations count one each. */
  parameters: 10_000,
  /** Lines that begin with two hyphens: 12 octets each are kept for finding delimiters. */
  delimiterLines: 1_000_000,
  /** Comparisons of such lines with boundaries, over all entities and readings of a message and those inside it: some
   *  tenths of a second. */
  delimiterComparisons: 20_000_000,
  /** White space and NULs before the hyphens of a delimiter that some readers skip. */
  delimiterIndentBytes: 64,
  /** Entities that only unusual readings show, of a message and those inside it. */
  irregularEntities: 1_000,
  /** Octets of their headers: without a blank line each goes on to the end. */
  irregularHeaderBytes: 4 * MIB,
  /** Remarks on what a message is ambiguous about. */
  ambiguities: 32,
  /** Octets looked at in all readings together, as a multiple of the message. */
  viewFactor: 8,
  /** The same as a multiple of what was decompressed: pages and scripts in archives are read in fewer ways. */
  decompressedViewFactor: 4,
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

/** Reading one PDF document; what is beyond is a reason in the verdict. */
export const pdfLimits = {
  /** Objects, those in object streams included; large books have some 100,000. */
  objects: 300_000,
  /** Streams that are decoded; a book of 5,000 pages has twice as many. */
  streams: 20_000,
  /** Arrays and dictionaries inside each other. */
  nesting: 100,
  /** Values of one object that are kept; only trees of an unusual size have more. */
  values: 300_000,
  /** Octets read as objects, as a multiple of the document: those of objects inside each other are read repeatedly. */
  parseFactor: 4,
  /** Octets that are always allowed, so that small documents are read in full. */
  parseFloorBytes: 1 * MIB,
  /** Octets read as data of streams, likewise: without an end, each goes on to the end of the document. */
  inputFactor: 8,
  /** Readings of one stream: ends, filters and keys that some viewer may take for the right ones. */
  readings: 8,
  /** Objects of the same number that a reference is followed to, and references that lead to each other. */
  candidates: 4,
  /** Filters of one stream; honest ones have one or two. */
  filters: 16,
  /** Ways of encryption in one document; honest ones have one. */
  handlers: 4,
  /** A password tried on a document of revision 6, in the unit of `passwordLimits.cost`: slow on purpose. */
  slowPasswordCost: 20,
  /** One tried on a document of an earlier revision. */
  passwordCost: 1,
  /** Strings that are decoded or deciphered, of all objects together. */
  strings: 50_000,
  /** Octets of them. */
  stringBytes: 4 * MIB,
  /** Names of embedded files, scripts and actions that are looked at. */
  actions: 20_000,
} as const;

/** Archives, besides what `scanLimits` says of what is inside them. */
export const archiveLimits = {
  /** Memory of one run of 7-Zip: a dictionary of 128 MiB, the most that its users choose, and its work space. */
  memoryBytes: 176 * MIB,
  /** One run of 7-Zip: what a message may hold unpacks in 3 s. */
  runTimeMs: 10_000,
  /** Runs of 7-Zip for one message; each takes 2 ms whatever it is given. */
  runs: 250,
  /** Runs in one piece for what only looks like an archive, or like one that begins behind other octets. */
  guesses: 16,
  /** Attachments of one message that are put together to archives. */
  volumes: 200,
  /** Further runs for one archive, each without the entry that has ended the run before. */
  retries: 3,
  /** Octets that containers hold unpacked and that cost nothing, as a multiple of the cap for one attachment. */
  storedFactor: 2,
} as const;

/** Programs that are executed in an emulator, to see what they unpack. */
export const programLimits = {
  /** Instructions of all programs of a message: less than a second; they unpack 200 kB or more. */
  instructions: 2_500_000,
  /** Octets of a program's file, and of its image in memory. */
  fileBytes: 8 * MIB,
  imageBytes: 4 * MIB,
} as const;

/** Words tried on what is encrypted. A sender who wants a person to open it has to tell the password. */
export const passwordLimits = {
  /** Words taken from one message; more of them are no hint any more but a text. */
  words: 500,
  /** Characters of the texts of a message that are searched for words. */
  textCharacters: 256 * KIB,
  /** Characters of one word; longer ones nobody types. */
  wordCharacters: 64,
  /** Lines of the user's list. */
  listWords: 1_000,
  /** Octets of the file with it. */
  listBytes: 64 * KIB,
  /** All tries of a message, in what they cost: about a millisecond each. */
  cost: 1_000,
  /** Likewise of finding out whether documents open without any: fifty of the slowest kind in one message. */
  emptyCost: 1_000,
  /** A try on a member of a zip archive with the traditional encryption: some microseconds. */
  zipCryptoCost: 0.005,
  /** A try on one with AES: 1,000 rounds of SHA-1. */
  zipAesCost: 1,
  /** One round of hashing a password for an Office document; there are 100,000 of them in what Office writes. */
  hashCost: 0.0016,
  /** A try with 7-Zip: half a million rounds of SHA-256 for 7z, less for RAR. */
  runCost: 80,
  /** Rounds of hashing that make up a millisecond of one try by ourselves: plain hashing, and PBKDF2. */
  roundsPerCost: 25_000,
  pbkdf2RoundsPerCost: 3_500,
  /** Rounds that an archive may ask for; 7-Zip takes half a million, RAR 32,768. */
  rounds: 2 ** 21,
  /** All tries on one archive. */
  timeMs: 1_500,
  /** Members of one archive that are tried with every word; when none of them opens the others are not tried. */
  members: 2,
} as const;

/** Messages that came in pieces (message/partial), put together by `mailward scan`. */
export const fragmentLimits = {
  /** Pieces of one message; mail programs that cut messages make some tens. */
  fragments: 1_000,
  /** Characters of the identifier that pieces have in common, which is made like a Message-ID. */
  idCharacters: 255,
  /** Messages of which pieces are held; the oldest are given up. */
  messages: 1_000,
  /** Octets of all pieces held. */
  heldBytes: 64 * MIB,
  /** Ways in which the pieces of one message are put together, when there are several of a number. */
  attempts: 16,
  /** Octets of all messages put together in one run. */
  judgedBytes: 512 * MIB,
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
  /** Pieces of a message handed to such engines: about as many as there may be entries in its containers. */
  collectedPieces: 12_000,
  /** One message at an engine in another program; clamd's own limit for one scan is 120 s. */
  remoteTimeMs: 30_000,
  /** Connections to an engine in another program at once: clamd has 10 threads by default. */
  remoteConnections: 8,
  /** clamd's default StreamMaxLength. */
  clamdStreamBytes: 100 * MIB,
} as const;

/** Engines in other programs: nothing that they say is believed to be short or to end. */
export const remoteLimits = {
  /** Failures in a row after which an engine is probed; one that fails the probe as well is not waited for any more. */
  failures: 3,
  /** Between two probes of an engine that is down, first and longest. */
  probeMinMs: 500,
  probeMaxMs: 30_000,
  /** An engine that works answers a probe in milliseconds; a busy one gets some seconds. */
  probeTimeMs: 5_000,
  /** A connection is kept this long for the next message; clamd closes one that is silent for longer than 30 s. */
  idleMs: 5_000,
  /** Octets written at once: answers that come before the end are seen after each of them. */
  chunkBytes: 256 * KIB,
  /** Octets received that nobody has read yet; then the socket is no longer read. */
  unreadBytes: 256 * KIB,
  /** A reply of clamd: names of signatures are below 255. */
  replyBytes: 4 * KIB,
  /** A line or header of an ICAP response. */
  headerBytes: 64 * KIB,
  /** Octets of a page that an ICAP service puts in the place of what it blocks, beyond the length of what was sent. */
  pageBytes: 1 * MIB,
  /** More of a preview than this is no preview. */
  previewBytes: 64 * KIB,
  /** Longest time for which the answer to OPTIONS counts. */
  optionsMs: 60 * 60_000,
  /** rspamd's answer: some kilobytes, more with hundreds of links. */
  jsonBytes: 4 * MIB,
  /** Characters of a name that an engine gives, and of its words about what went wrong. */
  nameCharacters: 200,
  /** A message up to this may wait for an engine while the scan threads go on with others. */
  waitingBytes: 4 * MIB,
  /** Detections of one engine in one message that are told apart. */
  detections: 50,
  /** Names of symbols that count, in the configuration. */
  symbols: 200,
  /** Detections that a rewrite is told of, and how much of where they are. */
  knownDetections: 50,
  knownPathNames: 2,
  knownPathCharacters: 100,
  /** Reports of engines going down or coming up that one scan process may make: backing off keeps it far below. */
  reports: 10_000,
} as const;

/** YARA rules: small sets, for every message is matched against all of them. */
export const yaraLimits = {
  /** Octets of all rule files. */
  sourceBytes: 16 * MIB,
  /** Files of rules, those in folders included. */
  files: 1_000,
  /** Rules of all files. */
  rules: 20_000,
  /** Octets joined for one call: its fixed cost is milliseconds, and the engine copies them. */
  joinedBytes: 8 * MIB,
  /** Matches of one pattern that are counted; a condition that asks for more is never true. */
  patternMatches: 10_000,
  /** A thread that is inside the rules may exceed their time by this. */
  graceMs: 200,
  /** Parentheses inside each other in a condition that is looked through. */
  conditionDepth: 50,
  /** Characters of what a rule says about itself. */
  metadataCharacters: 200,
} as const;

/** Signature databases. What is beyond is reported with file and line, and the rest is kept. */
export const signatureLimits = {
  /** Problems reported for one file; a file of another format would report every line. */
  problems: 100,
  /** Octets of one line; ClamAV reads 8,192, some third parties write longer ones. */
  lineBytes: 64 * KIB,
  /** Octets of a detection name. */
  nameBytes: 255,
  /** Octets of all files of a container; ClamAV's main database has some 500 MB. */
  containerBytes: 2_048 * MIB,
  /** Octets of one file of a container, or of a file of its own: offsets stay below 2^31. */
  fileBytes: 1_024 * MIB,
  /** Files in a folder or a container. */
  files: 10_000,
  /** Digests of one kind: what 32-bit tables hold with room to spare. */
  digests: 100_000_000,
  /** Octets that may lie between two parts of a pattern when there is an upper bound: every place is tried. */
  gapBytes: 65_536,
  /** Octets of one part of a pattern. */
  partOctets: 16_384,
  /** Parts of one pattern. */
  parts: 256,
  /** Strings of one choice, after those inside each other are written out. */
  alternatives: 1_024,
  /** Parts of a logical signature; 64 are all that ClamAV allows. */
  subsignatures: 64,
  /** Characters of one regular expression, steps of the automaton that follows it, and repetitions that it writes out. */
  regexCharacters: 4_096,
  regexInstructions: 10_000,
  regexRepetitions: 1_000,
  /** Parentheses inside each other in a logical expression. */
  expressionDepth: 64,
  /** Octets compared to verify what the filter lets through: so many, and so many for each octet of the piece. Honest
   *  content needs less than one; what repeats the beginning of a signature without end needs as many as it likes. */
  verifySteps: 4_000_000,
  verifyStepsPerByte: 16,
  /** Octets of text that are brought into normal form for the signatures that want it; ClamAV's own limits are like it. */
  normalizedBytes: 20 * MIB,
  /** Positions in a pattern's window that are looked for directly instead of through the filter. */
  directShift: 32,
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
  /** A message up to this may be handed to a thread together with others, so many at once at most. */
  batchedBytes: 16 * KIB,
  batchJobs: 64,
  /** A batch that is not done by then gives back what has not begun: nobody waits behind a message that takes long. */
  batchMs: 50,
  /** Answers of a batch wait for each other no longer than this. */
  batchAnswersMs: 8,
  /** Small messages sent ahead for each thread. */
  aheadJobs: 160,
  /** A larger message is sent ahead while all threads are busy when the service then has no more than this for each of
   *  them: a thread does not wait for its next message, and messages do not pile up. */
  aheadBytes: 4 * MIB,
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
