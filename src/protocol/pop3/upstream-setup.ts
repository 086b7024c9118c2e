/** From the upstream's greeting to the point where it may talk to the client: STLS where it is required, then, in
 *  explicit mode, the login. */
import { copyOf, fromLatin1, view } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import type { Target } from "../../core/model.ts";
import type { Login } from "./login-dialogue.ts";
import { buildPlain } from "./plain-credentials.ts";
import { parseStatus, type Status } from "./status-line.ts";

export type SetupStep =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | { readonly type: "start-tls" }
  /** `answer` is for the client: the greeting, or the answer to its login. */
  | { readonly type: "done"; readonly answer: Uint8Array }
  /** The upstream said no in its own words. With `isAlive` another login may be tried on the same connection. */
  | { readonly type: "refused"; readonly answer: Uint8Array; readonly isAlive: boolean }
  | { readonly type: "failed"; readonly code: string; readonly text: string };

/** One upstream connection. Without a login it is done at the greeting. Credentials are sent only over the security that
 *  the target asks for, and are dropped as soon as they are sent (P-09, P-48). */
export class UpstreamSetup {
  readonly target: Target;
  #login: Login | undefined;
  #greeting: Uint8Array = fromLatin1("");
  #state: State = "greeting";

  constructor(target: Target, login: Login | undefined) {
    this.target = target;
    this.#login = login;
  }

  /** The client's login is under way: from here on servers may take their time, to slow down guessing. */
  get isLoggingIn(): boolean {
    return this.#state !== "greeting" && this.#state !== "stls" && this.#state !== "tls";
  }

  /** Takes one line of the upstream's. */
  receive(line: Uint8Array): SetupStep {
    const status = parseStatus(line);
    if (status === undefined) return this.#unexpected();
    if (this.#state !== "greeting" && line.length > protocolLimits.pop3StatusLineBytes) return this.#tooLong();
    switch (this.#state) {
      case "greeting":
        return this.#greeted(line, status);
      case "stls":
        return this.#stlsAnswered(status);
      case "user":
        if (status !== "ok") return this.#final(line, status);
        return this.#send("password", passwordLine(this.#login));
      case "mechanism":
        return this.#mechanismAnswered(line, status);
      case "password":
      case "credentials":
        return this.#final(line, status);
      case "tls":
      case "over":
        return this.#unexpected();
      default:
        return this.#state satisfies never;
    }
  }

  tlsEstablished(): SetupStep {
    if (this.#state !== "tls") return this.#unexpected();
    return this.#begin();
  }

  /** Another login after a refused one. */
  retry(login: Login): SetupStep {
    this.#login = login;
    return this.#begin();
  }

  #greeted(line: Uint8Array, status: Status): SetupStep {
    if (status === "continuation") return this.#unexpected();
    if (status === "error") {
      this.#drop();
      return { type: "refused", answer: line, isAlive: false };
    }
    this.#greeting = copyOf(line);
    return this.target.security === "starttls" ? this.#send("stls", "STLS\r\n") : this.#begin();
  }

  #stlsAnswered(status: Status): SetupStep {
    if (status !== "ok") {
      this.#drop();
      const text = `${this.target.host} port ${this.target.port} does not offer TLS; only ;plain after the server allows that`;
      return { type: "failed", code: "no-stls", text };
    }
    this.#state = "tls";
    return { type: "start-tls" };
  }

  #begin(): SetupStep {
    const login = this.#login;
    if (login === undefined) return { type: "done", answer: this.#greeting };
    return login.method === "plain" ? this.#send("mechanism", "AUTH PLAIN\r\n") : this.#send("user", userLine(login));
  }

  /** An upstream without PLAIN gets the same name and password by USER and PASS, if they say the same. */
  #mechanismAnswered(line: Uint8Array, status: Status): SetupStep {
    const login = this.#login;
    if (login === undefined) return this.#unexpected();
    if (status === "continuation") {
      this.#login = undefined;
      return this.#send("credentials", buildPlain(login));
    }
    if (status === "ok") return this.#unexpected();
    const isSame = login.authorization === "" || login.authorization === login.name;
    return isSame ? this.#send("user", userLine(login)) : this.#final(line, status);
  }

  #final(line: Uint8Array, status: Status): SetupStep {
    if (status === "continuation") return this.#unexpected();
    this.#drop();
    return status === "ok" ? { type: "done", answer: line } : { type: "refused", answer: line, isAlive: true };
  }

  #send(state: State, bytes: string | Uint8Array): SetupStep {
    this.#state = state;
    if (state === "password") this.#login = undefined;
    return { type: "send", bytes: typeof bytes === "string" ? fromLatin1(bytes) : bytes };
  }

  #unexpected(): SetupStep {
    this.#drop();
    const text = `${this.target.host} port ${this.target.port} does not answer as a POP3 server does`;
    return { type: "failed", code: "malformed-response", text };
  }

  #tooLong(): SetupStep {
    this.#drop();
    return { type: "failed", code: "line-too-long", text: "the server sent a line beyond every limit" };
  }

  #drop(): void {
    this.#login = undefined;
    this.#state = "over";
  }
}

type State = "greeting" | "stls" | "tls" | "user" | "password" | "mechanism" | "credentials" | "over";

function userLine(login: Login): string {
  return `USER ${login.name}\r\n`;
}

function passwordLine(login: Login | undefined): Uint8Array {
  const password = login?.password.reveal() ?? new Uint8Array();
  return Buffer.concat([fromLatin1("PASS "), view(password), fromLatin1("\r\n")]);
}
