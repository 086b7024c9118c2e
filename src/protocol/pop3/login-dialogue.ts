/** Explicit mode before login: mailward speaks for itself and learns from the login which upstream is meant. */
import { fromLatin1, latin1, lineEndLength } from "../../core/bytes.ts";
import type { Target } from "../../core/model.ts";
import { Secret } from "../../core/secret.ts";
import type { Settings } from "../../core/settings.ts";
import { parseExplicitLogin } from "../explicit-login.ts";
import { argumentOctets, parseCommand } from "./command.ts";
import { parsePlain } from "./plain-credentials.ts";
import { errorLine } from "./status-line.ts";

/** Where the client wants to go, and as whom. Names are one character per octet and hold no `/server` any more. */
export interface Login {
  readonly target: Target;
  readonly name: string;
  readonly method: "user" | "plain";
  /** Empty unless SASL PLAIN asked for another identity. */
  readonly authorization: string;
  readonly password: Secret;
}

export type LoginStep =
  /** `refusal` says why, when it is no. */
  | { readonly type: "answer"; readonly bytes: Uint8Array; readonly refusal?: string }
  /** A command that no mail client says. */
  | { readonly type: "bad"; readonly bytes: Uint8Array }
  | { readonly type: "login"; readonly login: Login }
  | { readonly type: "quit"; readonly bytes: Uint8Array };

/** No timestamp: APOP can not be answered for a server that is not known yet. */
export const EXPLICIT_GREETING = fromLatin1("+OK mailward ready\r\n");

/** Answers one line at a time. The password goes into the `login` step and is not kept (P-48). */
export class LoginDialogue {
  readonly #ports: Settings["ports"];
  #state: "command" | "initial-response" = "command";
  #user: { name: string; target: Target } | undefined;

  constructor(ports: Settings["ports"]) {
    this.#ports = ports;
  }

  receive(line: Uint8Array): LoginStep {
    if (this.#state === "command") return this.#command(line);
    this.#state = "command";
    const text = latin1(line, 0, line.length - lineEndLength(line));
    return text === "*" ? refuse("login cancelled") : this.#plain(text);
  }

  #command(line: Uint8Array): LoginStep {
    const { verb, argument, isUnfit } = parseCommand(line);
    if (isUnfit) return { type: "bad", bytes: errorLine("a command holds no NUL and no bare CR") };
    switch (verb) {
      case "CAPA":
        return answer(CAPABILITIES);
      case "USER":
        return this.#name(argument);
      case "PASS":
        return this.#pass(line);
      case "AUTH":
        return this.#auth(argument);
      case "QUIT":
        return { type: "quit", bytes: fromLatin1("+OK bye\r\n") };
      case "NOOP":
        return answer("+OK\r\n");
      case "STLS":
        return refuse(
          "STLS is not offered on this side of mailward; the way to the mail server is protected as configured",
        );
      case "APOP":
        return refuse("APOP can not name a server; use USER and PASS");
      default:
        return OTHER_VERBS.has(verb) ? refuse("log in first") : { type: "bad", bytes: errorLine("unknown command") };
    }
  }

  #name(argument: string): LoginStep {
    this.#user = undefined;
    const login = parseExplicitLogin(argument, "pop3", this.#ports);
    if (login.type === "invalid") return refuse(login.text);
    this.#user = { name: login.name, target: login.target };
    return answer("+OK now the password\r\n");
  }

  #pass(line: Uint8Array): LoginStep {
    const user = this.#user;
    this.#user = undefined;
    if (user === undefined) return refuse("USER comes before PASS");
    const password = new Secret(argumentOctets(line));
    return { type: "login", login: { ...user, method: "user", authorization: "", password } };
  }

  #auth(argument: string): LoginStep {
    this.#user = undefined;
    const [mechanism = "", initial, ...rest] = argument.split(/[ \t]+/);
    if (mechanism === "") return answer("+OK\r\nPLAIN\r\n.\r\n");
    if (mechanism.toUpperCase() !== "PLAIN") return refuse("only PLAIN can name a server here; or use USER and PASS");
    if (rest.length > 0) return refuse("AUTH takes a mechanism and an initial response");
    if (initial !== undefined) return this.#plain(initial);
    this.#state = "initial-response";
    return answer("+ \r\n");
  }

  #plain(text: string): LoginStep {
    const credentials = parsePlain(fromLatin1(text));
    if (credentials === undefined) return refuse("this is not a PLAIN response");
    const login = parseExplicitLogin(credentials.name, "pop3", this.#ports);
    if (login.type === "invalid") return refuse(login.text);
    const { name, target } = login;
    const authorization = this.#bare(credentials.authorization, target);
    return { type: "login", login: { name, target, method: "plain", authorization, password: credentials.password } };
  }

  /** Some clients repeat the whole login as the authorization identity. */
  #bare(authorization: string, target: Target): string {
    const login = parseExplicitLogin(authorization, "pop3", this.#ports);
    const isSame = login.type === "login" && login.target.host === target.host && login.target.port === target.port;
    return isSame ? login.name : authorization;
  }
}

const CAPABILITIES = [
  "+OK",
  "USER",
  "SASL PLAIN",
  "TOP",
  "UIDL",
  "RESP-CODES",
  "PIPELINING",
  "IMPLEMENTATION mailward",
  ".",
  "",
].join("\r\n");

/** Known, but not before login. */
const OTHER_VERBS: ReadonlySet<string> = new Set([
  "DELE",
  "LANG",
  "LAST",
  "LIST",
  "RETR",
  "RSET",
  "STAT",
  "TOP",
  "UIDL",
  "UTF8",
  "XTND",
]);

function answer(text: string): LoginStep {
  return { type: "answer", bytes: fromLatin1(text) };
}

function refuse(text: string): LoginStep {
  return { type: "answer", bytes: errorLine(text), refusal: text };
}
