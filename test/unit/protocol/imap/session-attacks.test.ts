import { describe, expect, it } from "vitest";
import { latin1 } from "../../../../src/core/bytes.ts";
import type { Side } from "../../../../src/core/model.ts";
import type { Playbook } from "../../../support/playbook.ts";
import { answered, FIXED, greeted, imap, literal, loggedIn, MARKER, relayed, TARGET } from "./imap-dialogue.ts";

/** So many octets take too long one by one. */
const LARGE = { segmentations: ["whole", { seed: 1 }] } as const;

const MESSAGE = `Subject: x\r\n\r\n${MARKER} one\r\n${MARKER} two\r\n`;

/** Plays `text` in every segmentation: the same came of it each time, nothing unjudged of it reached the client, and what
 *  the other side got of it is how it began, octet for octet. */
function attacked(dialogue: Playbook, from: Side, text: string): { dialogue: Playbook; isEnded: boolean } {
  const before = dialogue.runs.map((run) => Buffer.concat(run.sent.upstream).length);
  const played = (from === "client" ? dialogue.client(text) : dialogue.upstream(text)).skip();
  for (const [index, run] of played.runs.entries()) {
    if (from === "client") expect(text).toContain(latin1(Buffer.concat(run.sent.upstream).subarray(before[index])));
  }
  played.end();
  return { dialogue: played, isEnded: played.runs.every((run) => run.closed.client === "full") };
}

describe("createImapSession() and what would blind the scanner", () => {
  it("P-17 refuses every compression but DEFLATE", () => {
    loggedIn()
      .client("a COMPRESS LZ4\r\nb COMPRESS {7+}\r\nDEFLATE\r\n")
      .expectClient("a NO [CANNOT] only DEFLATE is available here\r\nb NO [CANNOT] only DEFLATE is available here\r\n")
      .end();
  });

  it("P-19 answers partials from the last octet to the first out of one judged message", () => {
    const replacement = "Subject: y\r\n\r\nremoved\r\n";
    const dialogue = loggedIn({ marker: MARKER })
      .client("a UID FETCH 7 BODY.PEEK[]<20.1>\r\n")
      .expectUpstream("a UID FETCH 7 (BODY.PEEK[])\r\n")
      .upstream(`* 1 FETCH (UID 7 BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
      .judged("UID 7", { replacement })
      .expectClient(`* 1 FETCH (UID 7 BODY[]<20> ${literal(replacement.slice(20, 21))})\r\na OK\r\n`);
    for (const offset of [19, 18, 17, 12, 11, 5, 2, 1, 0]) {
      dialogue
        .client(`b UID FETCH 7 BODY.PEEK[]<${offset}.1>\r\n`)
        .expectClient(
          `* 1 FETCH (UID 7 BODY[]<${offset}> ${literal(replacement.charAt(offset))})\r\nb OK FETCH completed\r\n`,
        );
    }
    dialogue.end();
  });

  it.each([
    "SNIPPET",
    "SNIPPET (FUZZY)",
    "BODY.PEEK",
    "BODY[9.MIME.TEXT]",
    "BODY[TEXT.1]",
    "BINARY[1.TEXT]",
    "RFC822.PEEK",
    "RFC822.TEXT.PEEK",
    "PREVIEW (FUZZY)",
  ])("P-19 refuses %s, which is content in a form that nobody scans", (item) => {
    loggedIn()
      .client(`a FETCH 1:* (UID ${item})\r\n`)
      .expectMatch("client", /^a (?:NO|BAD) [^\r]*\r\n$/)
      .end();
  });

  it("P-19 judges every message of a set with an asterisk, and its text alone", () => {
    loggedIn({ marker: MARKER })
      .client("a FETCH 2:* (RFC822.HEADER RFC822.TEXT)\r\n")
      .expectUpstream("a FETCH 2:* (BODY[])\r\n")
      .upstream(`* 2 FETCH (BODY[] ${literal(MESSAGE)})\r\n* 3 FETCH (BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
      .judged("message 2")
      .expectClient(
        `* 2 FETCH (RFC822.HEADER ${literal(MESSAGE.slice(0, 14))} RFC822.TEXT ${literal(MESSAGE.slice(14))})\r\n`,
      )
      .judged("message 3", { replacement: "A: b\r\n\r\nc" })
      .expectClient(`* 3 FETCH (RFC822.HEADER ${literal("A: b\r\n\r\n")} RFC822.TEXT ${literal("c")})\r\na OK\r\n`)
      .end();
  });

  it("P-20 takes no message data for a greeting", () => {
    imap(FIXED, { marker: MARKER })
      .start()
      .expectConnect(TARGET)
      .connected()
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n* OK ready\r\n`)
      .expectClose("upstream")
      .expectMatch("client", /^\* BYE [^\r]*\r\n$/)
      .expectClose("client")
      .end();
  });

  it("P-20 holds a message before a mailbox is selected, and after it is closed", () => {
    const dialogue = loggedIn({ marker: MARKER });
    for (const command of ["a SELECT inbox", "b CLOSE", "c UNSELECT"]) {
      relayed(dialogue, command)
        .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)
        .expectNothing()
        .judged("message 1", { replacement: "A: b\r\n\r\n" })
        .expectClient(`* 1 FETCH (BODY[] ${literal("A: b\r\n\r\n")})\r\n`);
      answered(dialogue, `${command.charAt(0)} OK`);
    }
    dialogue.end();
  });

  it("P-21 reads item names in any case, with any spaces, and gives them on as they came", () => {
    const response = (content: string) => `*  1   fetch ( uid 7  bOdY[]<0>  ${literal(content)} fLaGs ())\r\n`;
    const dialogue = loggedIn({ marker: MARKER }).upstream(response(MESSAGE));
    const [run] = dialogue.runs;
    if ([...(run?.spools.values() ?? [])].length > 0) dialogue.judged("UID 7").expectClient(response(MESSAGE));
    dialogue.end();
  });

  it.each(["URLFETCH x", "GENURLAUTH x INTERNAL", "CONVERT 1 (text/plain NIL) BODY[1]", "UID CONVERT 1 NIL BODY[1]"])(
    "P-23 refuses %s",
    (command) => {
      loggedIn()
        .client(`a ${command}\r\n`)
        .expectMatch("client", /^a NO \[CANNOT\] [^\r]*\r\n$/)
        .end();
    },
  );

  it("P-27 never takes the steps of a login for commands, whatever they say", () => {
    const dialogue = relayed(greeted(), "a AUTHENTICATE XOAUTH2").upstream("+ \r\n").expectClient("+ \r\n");
    for (const step of ["LOGOUT", "b LOGIN x {3}", "c STARTTLS", "*"]) {
      dialogue.client(`${step}\r\n`).expectUpstream(`${step}\r\n`).upstream("+ QUIT\r\n").expectClient("+ QUIT\r\n");
    }
    dialogue.client("\r\n").expectUpstream("\r\n").upstream("a OK\r\n").expectClient("a OK\r\n").end();
  });
});

const AMBIGUOUS = ["{99999999999999999999}", "{9007199254740993}", "{18446744073709551616}", "{-1}", "{+5}", "{05}"];
const SLOPPY = ["{5 }", "{ 5}", "{5-}", "{}", "{5++}", "{0x5}", "{5,0}"];

describe("createImapSession() and literals", () => {
  it.each([...AMBIGUOUS, ...SLOPPY])("P-30 ends a session whose client announces %s", (head) => {
    const { isEnded, dialogue } = attacked(loggedIn(), "client", `a APPEND inbox ${head}\r\nb NOOP\r\n`);
    expect(isEnded).toBe(true);
    dialogue.expectFact({ type: "protocol-error", side: "client", code: "literal-announcement" });
  });

  it.each([...AMBIGUOUS, ...SLOPPY, "{5+}"])("P-30 ends a session whose server announces %s", (head) => {
    for (const begin of ["* 1 FETCH (BODY[] ", '* LIST () "/" ']) {
      const { isEnded } = attacked(loggedIn({ marker: MARKER }), "upstream", `${begin}${head}\r\n${MARKER})\r\n`);
      expect(isEnded).toBe(true);
    }
  });

  it.each(["{5}x", "{4294967296} ", "{5}\t"])("P-30 finds no literal in %j, on either leg", (text) => {
    answered(relayed(loggedIn(), `a XNEW ${text}`), "a OK").end();
    answered(loggedIn(), `* XNEW ${text}`).end();
  });

  it.each(["{4294967296}", "{99999999999}", "{9007199254740991}"])(
    "P-30 P-31 waits for %s, and delivers none of it",
    (head) => {
      const dialogue = loggedIn({ marker: MARKER }).upstream(`* 1 FETCH (BODY[] ${head}\r\n${MARKER}\r\n)\r\na OK\r\n`);
      dialogue.expectNothing().expectHeld("message 1").closed("upstream");
      dialogue.expectClose("upstream").expectMatch("client", /^\* BYE [^\r]*\r\n$/);
      dialogue.expectClose("client").expectReleased(1).end();
    },
  );

  it.each(["\x80", "a\x00b", "\xc5\xbelu\xc5\xa5", '\\"', "\\\\", 'a\\\\\\"{5}'])(
    "P-35 P-39 passes the quoted string %j",
    (text) => {
      answered(relayed(loggedIn(), `a SELECT "${text}"`), `* LIST () "/" "${text}"`, "a OK").end();
    },
  );

  it.each(["a LOGIN {5}\r\n", "a SELECT {5}\r\n"])("P-34 reads what a literal of %j holds as nothing else", (begin) => {
    const dialogue = begin.includes("LOGIN") ? greeted() : loggedIn();
    dialogue.client(begin).expectUpstream(begin).upstream("+ go\r\n").expectClient("+ go\r\n");
    dialogue.client("x\r\ny STARTTLS\r\n").expectUpstream("x\r\ny STARTTLS\r\n").end();
  });
});

describe("createImapSession() and lines", () => {
  it("P-36 ends on parentheses 100 000 deep, before and after login, and in BODYSTRUCTURE", () => {
    const deep = "(".repeat(100_000);
    expect(attacked(greeted(LARGE), "client", `a ID ${deep}\r\n`).isEnded).toBe(true);
    const refused = loggedIn(LARGE).client(`a FETCH 1 ${deep}\r\n`);
    refused.expectClient("a BAD parentheses are nested too deeply\r\n").end();
    for (const item of ["BODYSTRUCTURE", "ENVELOPE", "BODY", "X-NEW"]) {
      expect(attacked(loggedIn(LARGE), "upstream", `* 1 FETCH (${item} ${deep}\r\n`).isEnded).toBe(true);
    }
  });

  const ends = [
    "a NOOP\n",
    "a NOOP\r",
    "a NOOP\r\0\n",
    "a NOOP\r\r\n",
    "a NOOP\n\r\n",
    "a N\rOOP\r\n",
    "a\nb NOOP\r\n",
  ];
  it.each(ends)("P-38 has one rule for %j on both legs: nothing of it passes, and the session ends", (text) => {
    for (const begin of [greeted, loggedIn]) {
      expect(attacked(begin(), "client", `${text}b NOOP\r\n`).isEnded).toBe(true);
    }
    const dialogue = relayed(loggedIn(), "a NOOP");
    const [tagged, untagged] = [text.replace("NOOP", "OK x"), text.replace("a N", "* OK n")];
    expect(attacked(dialogue, "upstream", `${tagged}b OK\r\n`).isEnded).toBe(true);
    expect(attacked(loggedIn(), "upstream", `${untagged}* OK\r\n`).isEnded).toBe(true);
  });

  const tags = ["", " ", "*", "+", "a+", "\xe9", "\0", "a\0", '"a"', "a(", "%", "a{", "\x7f"];
  it.each(tags)("P-40 answers the tag %j itself, with BAD", (tag) => {
    loggedIn()
      .client(`${tag} NOOP\r\nb NOOP\r\n`)
      .expectUpstream("b NOOP\r\n")
      .expectMatch("client", /^\* BAD [^\r]*\r\n$/)
      .end();
  });

  it("P-40 takes a tag at its limit and no longer one, and ends on one of a megabyte", () => {
    answered(relayed(loggedIn(), `${"t".repeat(256)} NOOP`), `${"t".repeat(256)} OK`).end();
    loggedIn()
      .client(`${"t".repeat(257)} NOOP\r\n`)
      .expectClient("* BAD the tag is too long\r\n")
      .end();
    expect(attacked(greeted(LARGE), "client", `${"t".repeat(1_100_000)} NOOP\r\n`).isEnded).toBe(true);
    expect(attacked(loggedIn(LARGE), "client", `${"t".repeat(1_100_000)} NOOP\r\n`).isEnded).toBe(true);
  });

  it("P-40 ends on completions of commands that were never given, or are complete", () => {
    for (const text of ["b OK done\r\n", "a OK done\r\na OK done\r\n", "A OK done\r\n"]) {
      expect(attacked(relayed(loggedIn(), "a NOOP"), "upstream", text).isEnded).toBe(true);
    }
  });
});

describe("createImapSession() and silence", () => {
  it("P-73 lets an IDLE last 29 minutes and longer, and passes a DONE in pieces", () => {
    const dialogue = relayed(loggedIn(), "a IDLE");
    answered(dialogue, "+ idling", "* 3 EXISTS").expectTimer("idle", 31 * 60_000);
    for (const run of dialogue.runs) expect([...run.timers.values()].every((ms) => ms > 29 * 60_000)).toBe(true);
    for (const piece of ["D", "ON"]) dialogue.client(piece).expectNothing();
    dialogue.client("E\r\nb NOOP\r\n").expectUpstream("DONE\r\nb NOOP\r\n");
    answered(dialogue, "a OK idled", "b OK").end();
  });
});
