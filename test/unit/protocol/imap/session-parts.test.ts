import { describe, it } from "vitest";
import { answered, literal, loggedIn, MARKER } from "./imap-dialogue.ts";

const ATTACHED = `Subject: inner\r\n\r\n${MARKER} inner\r\n`;
const TEXT = `${MARKER} hello\r\n`;
const DATA = Buffer.from(`${MARKER}\0data`);
const MIXED = [
  "Subject: parts",
  "Date: today",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  `${TEXT}`,
  "--b",
  "Content-Transfer-Encoding: base64",
  "",
  DATA.toString("base64"),
  "--b",
  "Content-Type: message/rfc822",
  "",
  `${ATTACHED}`,
  "--b",
  "Content-Transfer-Encoding: x-own",
  "",
  "?",
  "--b--",
  "",
].join("\r\n");

/** The FETCH of `items` of a message that the upstream sends as a whole. */
function fetched(items: string, answer: string, extra = "") {
  return loggedIn({ marker: MARKER })
    .client(`a FETCH 1 (${items})\r\n`)
    .expectUpstream(`a FETCH 1 (${extra}BODY.PEEK[])\r\n`)
    .upstream(`* 1 FETCH (BODY[] ${literal(MIXED)})\r\na OK\r\n`)
    .judged("message 1")
    .expectClient(`* 1 FETCH (${answer})\r\na OK\r\n`);
}

describe("createImapSession() answers parts out of the judged message", () => {
  it.each([
    ["BODY.PEEK[1]", `BODY[1] ${literal(TEXT)}`],
    ["BODY.PEEK[1.mime]", `BODY[1.MIME] ${literal("Content-Type: text/plain\r\n\r\n")}`],
    ["BODY.PEEK[3.HEADER]", `BODY[3.HEADER] ${literal("Subject: inner\r\n\r\n")}`],
    ["BODY.PEEK[3.TEXT]<2.5>", `BODY[3.TEXT]<2> ${literal(`${MARKER} inner`.slice(2, 7))}`],
    [
      "BODY.PEEK[3.header.fields (Subject X)]",
      `BODY[3.HEADER.FIELDS (Subject X)] ${literal("Subject: inner\r\n\r\n")}`,
    ],
    ["BODY.PEEK[HEADER.FIELDS (DATE)]<0.7>", `BODY[HEADER.FIELDS (DATE)]<0> ${literal("Date: t")}`],
    ["BODY.PEEK[HEADER.FIELDS (DATE)]<9.90>", `BODY[HEADER.FIELDS (DATE)]<9> ${literal("ay\r\n\r\n")}`],
    ["BODY.PEEK[HEADER.FIELDS (DATE)]<99.90>", `BODY[HEADER.FIELDS (DATE)]<99> ${literal("")}`],
    ["BODY.PEEK[9]", `BODY[9] ${literal("")}`],
    ["BINARY.PEEK[2]", `BINARY[2] ~${literal(DATA.toString("latin1"))}`],
    ["BINARY.PEEK[2]<2.3>", `BINARY[2]<2> ~${literal(DATA.toString("latin1").slice(2, 5))}`],
    ["BINARY.PEEK[1]<900.3>", `BINARY[1]<900> ${literal("")}`],
    ["BINARY.PEEK[9]", `BINARY[9] ${literal("")}`],
    ["BINARY.PEEK[]", `BINARY[] ${literal(MIXED)}`],
    ["BINARY.PEEK[]<3.9>", `BINARY[]<3> ${literal(MIXED.slice(3, 12))}`],
    ["BODY.PEEK[1] BODY.PEEK[HEADER]<0.4>", `BODY[1] ${literal(TEXT)} BODY[HEADER]<0> ${literal("Subj")}`],
  ])("P-19 %s", (items, answer) => {
    fetched(items, answer).end();
  });

  it("P-19 tells clients what is in a message", () => {
    fetched("PREVIEW", `PREVIEW ${literal("--b\r\nContent-Type: t")}`).end();
  });

  it("says NO where an encoding is not known (RFC 3516), and nothing of the message", () => {
    loggedIn({ marker: MARKER })
      .client("a FETCH 1 (FLAGS BINARY[4])\r\n")
      .expectUpstream("a FETCH 1 (FLAGS BODY[])\r\n")
      .upstream(`* 1 FETCH (FLAGS () BODY[] ${literal(MIXED)})\r\na OK\r\n`)
      .judged("message 1")
      .expectMatch("client", /^a NO \[UNKNOWN-CTE\] /)
      .expectReleased(1)
      .end();
  });

  it("says NO when a part can not be cut out", () => {
    const dialogue = loggedIn({ marker: MARKER, withholdsSections: true })
      .client("a FETCH 1 BODY.PEEK[1]\r\n")
      .expectUpstream("a FETCH 1 (BODY.PEEK[])\r\n")
      .upstream(`* 1 FETCH (BODY[] ${literal(MIXED)})\r\na OK\r\n`)
      .judged("message 1")
      .expectNothing();
    for (const run of dialogue.runs) {
      const [id = 0] = run.spools.keys();
      run.event({ type: "items", id, request: 999, items: [] });
      run.failSections("the service ended");
    }
    dialogue
      .expectMatch("client", /^a NO \[UNAVAILABLE\] .*the service ended/)
      .expectReleased(1)
      .end();
  });

  it("waits with what comes after until all is cut out", () => {
    loggedIn({ marker: MARKER, withholdsSections: true })
      .client("a FETCH 1 BODY.PEEK[1]\r\n")
      .expectUpstream("a FETCH 1 (BODY.PEEK[])\r\n")
      .upstream(`* 1 FETCH (BODY[] ${literal(MIXED)})\r\n* 2 EXISTS\r\na OK\r\n`)
      .judged("message 1")
      .expectNothing()
      .sections()
      .expectClient(`* 1 FETCH (BODY[1] ${literal(TEXT)})\r\n* 2 EXISTS\r\na OK\r\n`)
      .end();
  });

  it("reads on in the copy part by part", () => {
    fetched("BODY.PEEK[1]", `BODY[1] ${literal(TEXT)}`)
      .client("b FETCH 1 (BODY.PEEK[2.MIME] BODY.PEEK[3.TEXT])\r\n")
      .expectClient(
        `* 1 FETCH (BODY[2.MIME] ${literal("Content-Transfer-Encoding: base64\r\n\r\n")} ` +
          `BODY[3.TEXT] ${literal(`${MARKER} inner\r\n`)})\r\nb OK FETCH completed\r\n`,
      )
      .end();
  });

  it("gives a lazy client everything else that it has asked for", () => {
    const header = `BODY[HEADER] ${literal("A: 1\r\n\r\n")}`;
    answered(loggedIn(), "* 3 EXISTS")
      .client("a FETCH 1:2 (UID PREVIEW (LAZY) BODY.PEEK[HEADER] RFC822)\r\n")
      .expectUpstream("a FETCH 1:2 (UID BODY.PEEK[HEADER] RFC822)\r\n")
      .upstream(`* 1 FETCH (UID 7 ${header})\r\n* 2 FETCH (${header} RFC822 ${literal("B: 2\r\n\r\n")})\r\na OK\r\n`)
      .expectClient(`* 1 FETCH (UID 7 ${header} PREVIEW NIL)\r\n`)
      .judged("message 2")
      .expectClient(`* 2 FETCH (${header} RFC822 ${literal("B: 2\r\n\r\n")} PREVIEW NIL)\r\na OK\r\n`)
      .client("b FETCH 1 (PREVIEW (LAZY))\r\n")
      .expectUpstream("b FETCH 1 (UID)\r\n")
      .upstream("* 1 FETCH (UID 7)\r\nb OK\r\n")
      .expectClient("* 1 FETCH (UID 7 PREVIEW NIL)\r\nb OK\r\n")
      .end();
  });

  it("gives a lazy client no preview without downloading anything", () => {
    answered(loggedIn(), "* 3 EXISTS")
      .client("a FETCH 1:2 (UID PREVIEW (LAZY) FLAGS)\r\n")
      .expectUpstream("a FETCH 1:2 (UID FLAGS)\r\n")
      .upstream("* 1 FETCH (UID 7 FLAGS ())\r\n* 3 FETCH (FLAGS ())\r\n* 2 FETCH (UID 8 FLAGS ())\r\na OK\r\n")
      .expectClient(
        "* 1 FETCH (UID 7 FLAGS () PREVIEW NIL)\r\n* 3 FETCH (FLAGS ())\r\n* 2 FETCH (UID 8 FLAGS () PREVIEW NIL)\r\na OK\r\n",
      )
      .end();
  });
});
