/** What a terminal can show, told from its stream and the environment. Imports nothing of Ink: the command line asks
 *  this before it loads the live table. */

export interface TerminalFeatures {
  /** False off a terminal and on one that can not move its cursor (`TERM=dumb`). */
  readonly isUsable: boolean;
  /** False with `NO_COLOR` set to anything (no-color.org). */
  readonly hasColor: boolean;
  /** False where the locale is not UTF-8: only ASCII is drawn then. */
  readonly hasUnicode: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads `TERM`, `NO_COLOR`, and the locale by the precedence of POSIX (`LC_ALL`, `LC_CTYPE`, `LANG`). */
export function terminalFeatures(stream: { readonly isTTY?: boolean }, environment: Environment): TerminalFeatures {
  const terminal = environment.TERM ?? "";
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  return {
    isUsable: stream.isTTY === true && terminal !== "" && terminal !== "dumb",
    hasColor: (environment.NO_COLOR ?? "") === "",
    hasUnicode: /utf-?8/i.test(locale),
  };
}
