/** The user's list of passwords: a text file with one a line. */
import { readFile, stat } from "node:fs/promises";
import { systemErrorText, UserError } from "../core/errors.ts";
import { passwordLimits } from "../core/scan-limits.ts";

/** The words and what is wrong with the file without making it useless. Rejects with a UserError when it can not be
 *  read: what was asked for must not be missing in silence. */
export async function readPasswordFile(path: string): Promise<{ words: string[]; problems: string[] }> {
  const lines = (await readText(path)).split(/\r?\n/).filter((line) => line !== "");
  const words = [...new Set(lines)].filter((line) => line.length <= passwordLimits.wordCharacters);
  const problems: string[] = [];
  const kept = words.slice(0, passwordLimits.listWords);
  if (kept.length < words.length) problems.push(`${path}: only the first ${kept.length} passwords are used`);
  if (words.length < new Set(lines).size) {
    problems.push(`${path}: passwords of more than ${passwordLimits.wordCharacters} characters are not used`);
  }
  return { words: kept, problems };
}

async function readText(path: string): Promise<string> {
  let problem = "it is not a regular file";
  try {
    const { size, isRegular } = await stat(path).then((file) => ({ size: file.size, isRegular: file.isFile() }));
    if (isRegular && size <= passwordLimits.listBytes) return (await readFile(path, "utf8")).replace(/^\ufeff/, "");
    if (isRegular) problem = `it has more than ${passwordLimits.listBytes} octets`;
  } catch (cause) {
    throw new UserError(`Cannot read the passwords "${path}": ${systemErrorText(cause)}`, { cause, hint: HINT });
  }
  throw new UserError(`Cannot read the passwords "${path}": ${problem}`, { hint: HINT });
}

const HINT = "mailward config get scan.passwordFile";
