/** Tells a mail client from what only occupies a connection: counted are the answers it got from us before login. */
import { protocolLimits } from "../../core/limits.ts";

/** Why a client is not listened to any longer. */
export interface Abuse {
  readonly code: "bad-commands" | "no-login";
  readonly detail: string;
}

export class ClientConduct {
  #badCommands = 0;
  #answers = 0;

  /** It said what no mail client says (P-57). */
  countBadCommand(): void {
    this.#badCommands += 1;
  }

  /** It was answered something else than the answer to a login. */
  countAnswer(): void {
    this.#answers += 1;
  }

  get abuse(): Abuse | undefined {
    if (this.#badCommands >= protocolLimits.badCommands) return BAD_COMMANDS;
    return this.#answers > protocolLimits.answersBeforeLogin ? NO_LOGIN : undefined;
  }
}

const BAD_COMMANDS: Abuse = { code: "bad-commands", detail: "this is not a mail client" };
const NO_LOGIN: Abuse = { code: "no-login", detail: "too many commands without a login" };
