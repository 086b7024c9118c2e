/** The dialogue between client and upstream: commands go up as they come, responses come down in order, and messages are
 *  held on the way. */
import { fromLatin1, lineEndLength } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import type { SessionCommand } from "../command.ts";
import type { HeldOutput } from "../held-output.ts";
import { isHiddenMechanism } from "./capability-filter.ts";
import { type Abuse, ClientConduct } from "./client-conduct.ts";
import { messageNumber, type Pop3Command, parseCommand, topArguments } from "./command.ts";
import { type Exchange, exchangeFor, WHOLE_LINES } from "./exchange.ts";
import type { HeldMessages } from "./held-messages.ts";
import { parsePlain } from "./plain-credentials.ts";
import { ResponseReader, type Violation } from "./response-reader.ts";
import { errorLine } from "./status-line.ts";

export interface RelayOptions {
  readonly output: HeldOutput;
  readonly messages: HeldMessages;
  readonly isAuthenticated: boolean;
  /** False when the client has seen the upstream's own capabilities and so knows whether it may pipeline. */
  readonly isPipeliningUnknown: boolean;
}

/** Methods append to `out`, the commands of the event being handled. */
export class Relay {
  readonly #messages: HeldMessages;
  readonly #responses: ResponseReader;
  readonly #conduct = new ClientConduct();
  #pipelining: "unknown" | "wanted" | "known";
  #hasQuit = false;

  constructor(options: RelayOptions) {
    this.#messages = options.messages;
    this.#responses = new ResponseReader(options);
    this.#pipelining = options.isPipeliningUnknown ? "unknown" : "known";
  }

  get isAuthenticated(): boolean {
    return this.#responses.isAuthenticated;
  }

  /** QUIT has gone up; nothing that comes after it does. */
  get hasQuit(): boolean {
    return this.#hasQuit;
  }

  /** The upstream has answered QUIT: the dialogue is over. */
  get isOver(): boolean {
    return this.#responses.isQuitAnswered;
  }

  /** The upstream owes an answer. */
  get isAwaiting(): boolean {
    return this.#responses.outstanding > 0;
  }

  /** Why the client is no mail client, if it is none. */
  get abuse(): Abuse | undefined {
    return this.#conduct.abuse;
  }

  /** Handles what the upstream sent; a violation ends the connection. */
  receive(out: SessionCommand[], chunk: Uint8Array): Violation | undefined {
    return this.#responses.receive(out, chunk);
  }

  /** The upstream is gone: an answer that is owed is a refusal, and a message that is not whole is not delivered (P-24). */
  abandon(out: SessionCommand[], why: string): void {
    this.#responses.abandon(out, why);
  }

  /** Handles one line of the client's. False when it has to wait: for the upstream, or for a verdict. */
  take(out: SessionCommand[], line: Uint8Array): boolean {
    if (this.#hasQuit) return true;
    if (this.#responses.isSaslDue) {
      this.#answerChallenge(out, line);
      return true;
    }
    if (this.#responses.isAuthenticating || this.#responses.outstanding >= protocolLimits.pipelinedCommands)
      return false;
    const command = parseCommand(line);
    const isUnknown = !KNOWN_VERBS.has(command.verb);
    if (command.isUnfit) return this.#refuseBad(out, "a command holds no NUL and no bare CR");
    if (command.verb === "") return this.#refuseBad(out, "a command is missing");
    if (isUnknown && !this.isAuthenticated) {
      return this.#responses.isLoginOutstanding ? false : this.#refuseBad(out, "unknown command");
    }
    if (this.#mustWait(command.verb)) return false;
    const refusal = this.#refusal(command);
    if (refusal !== undefined) return this.#refuse(out, command.verb, refusal);
    if (!this.#mayPipeline(out)) return false;
    this.#forward(out, command, line);
    return true;
  }

  /** P-25: what deletes, or ends the session that may delete, waits until every message before it is delivered. */
  #mustWait(verb: string): boolean {
    const count = this.#messages.count + this.#responses.messagesOutstanding;
    if (BARRIERS.has(verb)) return count > 0;
    return (verb === "RETR" || verb === "TOP") && count >= protocolLimits.heldMessages;
  }

  /** Why a command is not forwarded, if it is not. */
  #refusal(command: Pop3Command): string | undefined {
    switch (command.verb) {
      case "STLS":
        return "STLS is not offered on this side of mailward; the way to the mail server is protected as configured";
      case "AUTH":
        return isHiddenMechanism(command.argument.split(/[ \t]/)[0] ?? "")
          ? "this mechanism is not offered; it could hide mail from the scanner"
          : undefined;
      case "TOP":
        return topArguments(command.argument) === undefined ? "TOP takes a message and a number of lines" : undefined;
      case "DELE": {
        const message = messageNumber(command.argument);
        return message !== undefined && this.#messages.isUndelivered(message)
          ? `message ${message} was not delivered, so it is not deleted; fetch it again`
          : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Explicit mode promises pipelining before the upstream is known. One that does not offer it gets one command at a
   *  time; the first command that would be pipelined asks for its capabilities. */
  #mayPipeline(out: SessionCommand[]): boolean {
    if (this.#pipelining === "known" || this.#responses.isPipelining) return true;
    if (this.#responses.outstanding > 0) {
      if (this.#pipelining === "unknown") this.#pipelining = "wanted";
      return false;
    }
    if (this.#pipelining === "unknown" || this.#responses.hasCapabilities) return true;
    this.#send(out, OWN_CAPA, { type: "capabilities", isOwn: true });
    return false;
  }

  #forward(out: SessionCommand[], command: Pop3Command, line: Uint8Array): void {
    const exchange = exchangeFor(command);
    this.#reportAccount(out, command);
    if (command.verb === "QUIT") this.#hasQuit = true;
    this.#send(out, command.verb === "TOP" ? topLine(command) : line, exchange);
  }

  #send(out: SessionCommand[], bytes: Uint8Array, exchange: Exchange): void {
    this.#responses.expect(exchange);
    out.push({ type: "send", to: "upstream", bytes });
  }

  /** A SASL response is opaque: its text is never read as a command (P-27). */
  #answerChallenge(out: SessionCommand[], line: Uint8Array): void {
    const mechanism = this.#responses.challengeAnswered();
    if (mechanism === "PLAIN") this.#reportPlain(out, line);
    out.push({ type: "send", to: "upstream", bytes: line });
  }

  #reportAccount(out: SessionCommand[], command: Pop3Command): void {
    const [first = "", second = ""] = command.argument.split(/[ \t]+/);
    if (command.verb === "USER") reportName(out, command.argument);
    else if (command.verb === "APOP") reportName(out, first);
    else if (command.verb === "AUTH" && first.toUpperCase() === "PLAIN") this.#reportPlain(out, fromLatin1(second));
  }

  #reportPlain(out: SessionCommand[], line: Uint8Array): void {
    const credentials = parsePlain(line.subarray(0, line.length - lineEndLength(line)));
    if (credentials !== undefined) reportName(out, credentials.name);
  }

  #refuse(out: SessionCommand[], verb: string, text: string): true {
    out.push({ type: "report", fact: { type: "refused", code: verb.toLowerCase(), detail: text } });
    if (!this.isAuthenticated) this.#conduct.countAnswer();
    this.#responses.answer(out, errorLine(text));
    return true;
  }

  #refuseBad(out: SessionCommand[], text: string): true {
    if (!this.isAuthenticated) this.#conduct.countBadCommand();
    this.#responses.answer(out, errorLine(text));
    return true;
  }
}

/** RFC 1939, 2449, 5034, 6856 and the remnants of RFC 1460. */
const KNOWN_VERBS: ReadonlySet<string> = new Set(
  "APOP AUTH CAPA DELE LANG LAST LIST NOOP PASS QUIT RETR RSET STAT STLS TOP UIDL USER UTF8 XTND".split(" "),
);

const BARRIERS: ReadonlySet<string> = new Set(["DELE", "QUIT", "RSET"]);

const OWN_CAPA = fromLatin1("CAPA\r\n");

/** A part of a message is never judged for the whole: what is asked for is all of it, or its header alone. */
function topLine(command: Pop3Command): Uint8Array {
  const top = topArguments(command.argument);
  return fromLatin1(`TOP ${top?.message ?? 0} ${top?.lines === 0 ? 0 : WHOLE_LINES}\r\n`);
}

function reportName(out: SessionCommand[], name: string): void {
  const text = fromLatin1(name).toString("utf8");
  if (text !== "") out.push({ type: "report", fact: { type: "account", name: text } });
}
