import { describe, it } from "vitest";
import { fromLatin1 } from "../../../../src/core/bytes.ts";
import type { DeliveredStructure } from "../../../../src/protocol/event.ts";
import type { MailboxPlace, RewrittenMessages, Told } from "../../../../src/protocol/imap/rewritten-messages.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { type Playbook, playbook } from "../../../support/playbook.ts";
import { answered, FIXED, literal, MARKER, MESSAGE, PORTS, relayed, TARGET } from "./imap-dialogue.ts";

const REPLACEMENT = "Subject: removed\r\n\r\nit is gone\r\n";
const SIZE = REPLACEMENT.length;
const TOLD: DeliveredStructure = {
  envelope: fromLatin1(`(NIL ${literal("r\xe9moved")} NIL)`),
  body: fromLatin1('("text" "plain" NIL NIL NIL "7bit" 12 1)'),
  bodyStructure: fromLatin1('("text" "plain" NIL NIL NIL "7bit" 12 1 NIL NIL NIL NIL)'),
  binarySizes: new Map([["1", 12]]),
};
const texts = {
  envelope: Buffer.from(TOLD.envelope ?? []).toString("latin1"),
  body: Buffer.from(TOLD.body ?? []).toString("latin1"),
  bodyStructure: Buffer.from(TOLD.bodyStructure ?? []).toString("latin1"),
};
const OLD = `RFC822.SIZE 63 ENVELOPE (NIL "a \\" (b" ${literal("RFC822.SIZE 1)")}) BODYSTRUCTURE ("a" ("b" NIL) 3)`;
const TRUE = `RFC822.SIZE ${SIZE} ENVELOPE ${texts.envelope} BODYSTRUCTURE ${texts.bodyStructure}`;

/** What all connections know. */
class Index implements RewrittenMessages {
  readonly known = new Map<string, Told>();

  mailbox(place: MailboxPlace) {
    const prefix = JSON.stringify(Object.values(place));
    const { known } = this;
    return {
      get hasAny() {
        return [...known.keys()].some((key) => key.startsWith(prefix));
      },
      find: (uid: number) => known.get(`${prefix} ${uid}`),
      set: (uid: number, told: Told) => void known.set(`${prefix} ${uid}`, told),
      delete: (uid: number) => void known.delete(`${prefix} ${uid}`),
    };
  }
}

function selected(
  rewritten: RewrittenMessages | undefined,
  name = "inbox",
  uidValidity = "[UIDVALIDITY 9] ",
): Playbook {
  const dialogue = playbook(
    () => createImapSession({ mode: FIXED, ports: PORTS, ...(rewritten !== undefined && { rewritten }) }),
    { marker: MARKER },
  )
    .start()
    .expectConnect(TARGET)
    .connected()
    .upstream("* OK ready\r\n")
    .expectClient("* OK ready\r\n")
    .client("l LOGIN ann secret\r\n")
    .expectUpstream("l LOGIN ann secret\r\n")
    .upstream("l OK logged in\r\n")
    .expectClient("l OK logged in\r\n");
  return select(dialogue, name, uidValidity);
}

function select(dialogue: Playbook, name: string, uidValidity = "[UIDVALIDITY 9] "): Playbook {
  return answered(relayed(dialogue, `s SELECT ${name}`), `* 9 EXISTS`, `* OK ${uidValidity}fine`, "s OK selected");
}

/** Message 5, UID 7, is replaced. */
function replaced(dialogue: Playbook, told: DeliveredStructure | undefined = TOLD): Playbook {
  return relayed(dialogue, "a UID FETCH 7 BODY.PEEK[]")
    .upstream(`* 5 FETCH (UID 7 BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
    .judged("UID 7", { replacement: REPLACEMENT, ...(told && { told }) })
    .expectClient(`* 5 FETCH (UID 7 BODY[] ${literal(REPLACEMENT)})\r\na OK\r\n`);
}

describe("createImapSession() and what is told of a replaced message", () => {
  it("tells the truth in the response that brings the message, whatever the order of its items", () => {
    for (const [before, after] of [
      [`${OLD} UID 7 `, ""],
      ["", ` UID 7 ${OLD}`],
      [`BODY ("a" "b") ${OLD} UID 7 BINARY.SIZE[1] 50 BINARY.SIZE[2] 6 `, " FLAGS (\\Seen)"],
    ] as const) {
      const items = (text: string) =>
        text
          .replace(OLD, TRUE)
          .replace('BODY ("a" "b")', `BODY ${texts.body}`)
          .replace("BINARY.SIZE[1] 50", "BINARY.SIZE[1] 12");
      relayed(selected(new Index()), "a UID FETCH 7 (ENVELOPE RFC822.SIZE BODY.PEEK[])")
        .upstream(`* 5 FETCH (${before}BODY[] ${literal(MESSAGE)}${after})\r\na OK\r\n`)
        .judged(before.includes("UID") ? "UID 7" : "message 5", { replacement: REPLACEMENT, told: TOLD })
        .expectClient(`* 5 FETCH (${items(before)}BODY[] ${literal(REPLACEMENT)}${items(after)})\r\na OK\r\n`)
        .end();
    }
  });

  it("tells nothing under a name that somebody has tried to log in with", () => {
    for (const dialogueOf of [
      (dialogue: Playbook) =>
        dialogue
          .client("a LOGIN ann guessed\r\n")
          .skip()
          .upstream("a NO wrong\r\n")
          .skip()
          .client("b LOGIN {3+}\r\neve {6+}\r\nsecret\r\n")
          .skip()
          .upstream("b OK\r\n"),
      (dialogue: Playbook) =>
        dialogue
          .client("a LOGIN ann guessed\r\n")
          .skip()
          .upstream("a NO wrong\r\n")
          .skip()
          .client("b AUTHENTICATE EXTERNAL ZXZl\r\n")
          .skip()
          .upstream("b OK\r\n"),
      (dialogue: Playbook) =>
        dialogue
          .client("b LOGIN eve secret\r\na LOGIN ann guessed\r\n")
          .skip()
          .upstream("b OK\r\na NO you are logged in\r\n"),
    ]) {
      const index = new Index();
      replaced(selected(index));
      const dialogue = playbook(() => createImapSession({ mode: FIXED, ports: PORTS, rewritten: index }))
        .start()
        .expectConnect(TARGET)
        .connected()
        .upstream("* OK ready\r\n")
        .skip();
      select(dialogueOf(dialogue).skip(), "inbox");
      answered(relayed(dialogue, "c UID FETCH 7 (RFC822.SIZE)"), "* 1 FETCH (UID 7 RFC822.SIZE 63)").end();
    }
  });

  it("tells it again in the same connection, by UID and by number", () => {
    const dialogue = replaced(selected(undefined));
    relayed(dialogue, "b UID FETCH 5:7 (RFC822.SIZE)", "c FETCH 4:5 (RFC822.SIZE)")
      .upstream("* 4 FETCH (UID 6 RFC822.SIZE 63)\r\n* 5 FETCH (RFC822.SIZE 63 UID 7)\r\nb OK\r\n")
      .expectClient(`* 4 FETCH (UID 6 RFC822.SIZE 63)\r\n* 5 FETCH (RFC822.SIZE ${SIZE} UID 7)\r\nb OK\r\n`)
      .upstream(`* 4 FETCH (RFC822.SIZE 63)\r\n* 5 FETCH (${OLD})\r\nc OK\r\n`)
      .expectClient(`* 4 FETCH (RFC822.SIZE 63)\r\n* 5 FETCH (${TRUE})\r\nc OK\r\n`)
      .end();
  });

  it("tells nothing of another message whose number it has by now", () => {
    relayed(selected(undefined), "a FETCH 5:6 (RFC822.SIZE BODY.PEEK[])")
      .upstream(`* 6 FETCH (RFC822.SIZE 63 BODY[] ${literal(MESSAGE)})\r\n`)
      .judged("message 6", { replacement: REPLACEMENT, told: TOLD })
      .expectClient(`* 6 FETCH (RFC822.SIZE ${SIZE} BODY[] ${literal(REPLACEMENT)})\r\n`)
      .upstream(`* 5 FETCH (RFC822.SIZE 63 BODY[] ${literal(MESSAGE)})\r\na OK\r\n* 3 EXPUNGE\r\n`)
      .judged("message 5")
      .expectClient(`* 5 FETCH (RFC822.SIZE 63 BODY[] ${literal(MESSAGE)})\r\na OK\r\n* 3 EXPUNGE\r\n`)
      .end();
  });

  it("keeps no structures out of proportion for a connection", () => {
    const large = (letter: string, bytes: number) => fromLatin1(`("${letter.repeat(bytes)}")`);
    const structure = (count: number) => (count === 1 ? large("a", 300_000) : large("b", 200_000));
    const dialogue = selected(undefined);
    for (let number = 1; number <= 25; number += 1) {
      const told = { envelope: undefined, body: structure(number), bodyStructure: undefined, binarySizes: new Map() };
      relayed(dialogue, `a FETCH ${number} BODY.PEEK[]`)
        .upstream(`* ${number} FETCH (BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
        .judged(`message ${number}`, { replacement: REPLACEMENT, told })
        .expectClient(`* ${number} FETCH (BODY[] ${literal(REPLACEMENT)})\r\na OK\r\n`);
      if (number > 1) continue;
      dialogue
        .upstream("* 1 FETCH (RFC822.SIZE 63 BODY (1))\r\n")
        .expectClient(`* 1 FETCH (RFC822.SIZE ${SIZE} BODY (1))\r\n`);
    }
    answered(dialogue, "* 2 FETCH (BODY (2))").upstream("* 25 FETCH (BODY (2))\r\n").skip().end();
  });

  it("follows the numbers of messages when others are expunged", () => {
    const dialogue = replaced(selected(undefined));
    answered(dialogue, "* 2 EXPUNGE", "* 9 EXPUNGE")
      .upstream("* 5 FETCH (RFC822.SIZE 63)\r\n* 4 FETCH (RFC822.SIZE 63)\r\n")
      .expectClient(`* 5 FETCH (RFC822.SIZE 63)\r\n* 4 FETCH (RFC822.SIZE ${SIZE})\r\n`);
    answered(dialogue, "* VANISHED 1:2", "* 4 FETCH (RFC822.SIZE 63)")
      .upstream("* 2 FETCH (RFC822.SIZE 63)\r\n")
      .expectClient(`* 2 FETCH (RFC822.SIZE ${SIZE})\r\n`);
    answered(dialogue, "* 2 EXPUNGE", "* 2 FETCH (RFC822.SIZE 63)", "* 1 FETCH (RFC822.SIZE 63)").end();
  });

  it("tells it in other connections, and asks for UIDs where the client does not", () => {
    const index = new Index();
    replaced(selected(index)).end();
    for (const name of ["INBOX", '"Inbox"', "inbox (CONDSTORE)"]) {
      const dialogue = selected(index, name);
      relayed(dialogue, "b UID FETCH 7 (UID RFC822.SIZE)")
        .upstream(`* 5 FETCH (${OLD} UID 7)\r\nb OK\r\n`)
        .expectClient(`* 5 FETCH (${TRUE} UID 7)\r\nb OK\r\n`)
        .client("c FETCH 1:* (FLAGS RFC822.SIZE)\r\nd FETCH 5 FAST\r\ne FETCH 5 (FLAGS)\r\n")
        .expectUpstream(
          "c FETCH 1:* (UID FLAGS RFC822.SIZE)\r\nd FETCH 5 (UID FLAGS INTERNALDATE RFC822.SIZE)\r\ne FETCH 5 (FLAGS)\r\n",
        )
        .upstream("* 5 FETCH (UID 7 FLAGS () RFC822.SIZE 63)\r\nc OK\r\n")
        .expectClient(`* 5 FETCH (UID 7 FLAGS () RFC822.SIZE ${SIZE})\r\nc OK\r\n`)
        .end();
    }
  });

  it("reads the name of a mailbox from a literal", () => {
    const index = new Index();
    replaced(selected(index, "Entw&APw-rfe")).end();
    const dialogue = selected(index, "other");
    dialogue
      .client("t SELECT {12}\r\n")
      .expectUpstream("t SELECT {12}\r\n")
      .upstream("+ go on\r\n")
      .expectClient("+ go on\r\n")
      .client("Entw&APw-rfe\r\n")
      .expectUpstream("Entw&APw-rfe\r\n");
    answered(dialogue, "* OK [CLOSED] before", "* OK [UIDVALIDITY 9] fine", "t OK selected")
      .upstream("* 5 FETCH (UID 7 RFC822.SIZE 63)\r\n")
      .expectClient(`* 5 FETCH (UID 7 RFC822.SIZE ${SIZE})\r\n`)
      .end();
  });

  it("leaves everything as it is in other mailboxes, of other accounts, and of mailboxes that were made anew", () => {
    const index = new Index();
    replaced(selected(index)).end();
    const plain = ["* 5 FETCH (UID 7 RFC822.SIZE 63)"];
    answered(selected(index, "other"), ...plain).end();
    answered(selected(index, "inbox", "[UIDVALIDITY 10] "), ...plain).end();
    answered(selected(index, "inbox", ""), ...plain).end();
    answered(answered(selected(index), "* OK [UIDVALIDITY 11] made anew"), ...plain).end();
    answered(answered(relayed(selected(index), "x UNSELECT"), "x OK"), ...plain).end();
    answered(answered(relayed(selected(index), "x SELECT b"), "x NO none"), ...plain).end();
    answered(select(selected(index), "other", ""), ...plain).end();
  });

  it("forgets a message that is delivered as it is after all", () => {
    const index = new Index();
    replaced(selected(index)).end();
    const dialogue = selected(index);
    relayed(dialogue, "a UID FETCH 7 BODY.PEEK[]")
      .upstream(`* 5 FETCH (UID 7 RFC822.SIZE 63 BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
      .judged("UID 7")
      .expectClient(`* 5 FETCH (UID 7 RFC822.SIZE 63 BODY[] ${literal(MESSAGE)})\r\na OK\r\n`);
    answered(dialogue, "* 5 FETCH (UID 7 RFC822.SIZE 63)").end();
    answered(selected(index), "* 5 FETCH (UID 7 RFC822.SIZE 63)").end();
  });

  it("tells the size alone where nothing else is known", () => {
    const dialogue = replaced(selected(new Index()), {
      envelope: undefined,
      body: undefined,
      bodyStructure: undefined,
      binarySizes: new Map(),
    });
    dialogue
      .upstream(`* 5 FETCH (${OLD} UID 7)\r\n`)
      .expectClient(`* 5 FETCH (${OLD.replace("63", String(SIZE))} UID 7)\r\n`)
      .end();
  });

  it("gives header lines of a message that was replaced elsewhere out of the replacement", () => {
    const index = new Index();
    replaced(selected(index)).end();
    selected(index)
      .client("b UID FETCH 7 (UID BODY.PEEK[HEADER])\r\n")
      .expectUpstream("b UID FETCH 7 (UID BODY.PEEK[])\r\n")
      .upstream(`* 5 FETCH (UID 7 BODY[] ${literal(MESSAGE)})\r\nb OK\r\n`)
      .judged("UID 7", { replacement: REPLACEMENT, told: TOLD })
      .expectClient(`* 5 FETCH (UID 7 BODY[HEADER] ${literal("Subject: removed\r\n\r\n")})\r\nb OK\r\n`)
      .end();
  });
});
