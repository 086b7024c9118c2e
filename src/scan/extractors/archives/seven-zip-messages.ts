/** What 7-Zip says about an archive, read from what it prints for people. Names from the archive are in it: what they
 *  look like can add a reason to a verdict and take none away. */

export interface SevenZipMessages {
  /** It is an archive of the format that was asked for. */
  readonly isOpened: boolean;
  /** A password was missing or wrong, for the archive or for a file in it. */
  readonly isEncrypted: boolean;
  /** Files that it was wrong for. */
  readonly lockedFiles: number;
  /** Files whose octets were there and could not be decoded. */
  readonly damaged: readonly string[];
  /** It complained of nothing at all. */
  readonly isWhole: boolean;
  /** Files that are packed in a way that it does not know. */
  readonly unsupported: readonly string[];
  /** Volumes of the archive that are not here. */
  readonly missing: readonly string[];
}

/** `sought` are other files that it looked for. */
export function readMessages(text: string, sought: readonly string[]): SevenZipMessages {
  const damaged = new Set<string>();
  const unsupported = new Set<string>();
  const missing = new Set(sought.filter((name) => !name.startsWith("/etc/")));
  let isOpened = false;
  let isEncrypted = false;
  let lockedFiles = 0;
  let isWhole = true;
  for (const line of text.split("\n")) {
    if (line.startsWith("Type = ")) isOpened = true;
    if (/^(?:ERROR|WARNING)/.test(line)) isWhole = false;
    if (/wrong password|encrypted archive/i.test(line)) isEncrypted = true;
    if (/^ERROR: .*wrong password/i.test(line)) lockedFiles += 1;
    const [, problem = "", name = ""] = /^(?:ERROR: )?([^:]*?) : (.*)$/.exec(line) ?? [];
    if (/^Data Error$|^Unavailable data$/.test(problem)) damaged.add(name);
    else if (problem === "Unsupported Method") unsupported.add(name);
    else if (problem === "Missing volume") missing.add(name);
  }
  return {
    isOpened,
    isEncrypted,
    lockedFiles,
    isWhole,
    damaged: [...damaged],
    unsupported: [...unsupported],
    missing: [...missing],
  };
}
