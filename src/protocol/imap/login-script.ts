/** The login that the session sends to the upstream for the client, in the form that the client used. */
import { fromLatin1, view } from "../../core/bytes.ts";
import { Secret } from "../../core/secret.ts";
import { BACKSLASH, QUOTE } from "./astring.ts";
import { buildPlain, type PlainMessage } from "./sasl-plain.ts";

export interface Login extends PlainMessage {
  readonly tag: string;
  readonly form: "LOGIN" | "AUTHENTICATE";
}

/** What to send first, and after each continuation request. Every piece is forgotten once it is taken. */
export class LoginScript {
  readonly #steps: Secret[];

  /** `hasInitialResponse`: the upstream is known to take one (SASL-IR, RFC 4959). */
  constructor(login: Login, hasInitialResponse: boolean) {
    const steps = login.form === "LOGIN" ? loginSteps(login) : plainSteps(login, hasInitialResponse);
    this.#steps = steps.map((step) => new Secret(step));
  }

  /** The next piece, or undefined when the upstream asks for more than there is. */
  next(): Uint8Array | undefined {
    return this.#steps.shift()?.reveal();
  }

  get isDone(): boolean {
    return this.#steps.length === 0;
  }
}

/** LOGIN with quoted strings where they are safe for every server, else with literals that are waited for (P-35). */
function loginSteps({ tag, name, password }: Login): Buffer[] {
  const steps: Buffer[] = [];
  let line: Uint8Array[] = [fromLatin1(`${tag} LOGIN`)];
  for (const word of [fromLatin1(name), view(password.reveal())]) {
    if (isQuotable(word)) {
      line.push(fromLatin1(' "'), word, fromLatin1('"'));
    } else {
      line.push(fromLatin1(` {${word.length}}\r\n`));
      steps.push(Buffer.concat(line));
      line = [word];
    }
  }
  return [...steps, Buffer.concat([...line, fromLatin1("\r\n")])];
}

function plainSteps(login: Login, hasInitialResponse: boolean): Buffer[] {
  const response = buildPlain(login);
  if (hasInitialResponse) return [fromLatin1(`${login.tag} AUTHENTICATE PLAIN ${response}\r\n`)];
  return [fromLatin1(`${login.tag} AUTHENTICATE PLAIN\r\n`), fromLatin1(`${response}\r\n`)];
}

function isQuotable(word: Uint8Array): boolean {
  return word.every((octet) => octet >= 0x20 && octet < 0x7f && octet !== QUOTE && octet !== BACKSLASH);
}
