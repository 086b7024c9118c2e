/** The certificate authorities that the user trusts besides the system's. */
import { readFile } from "node:fs/promises";
import { systemErrorText, UserError } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";

/** The PEM certificates in the file that `upstream.caFile` names; none when it names none. */
export async function loadAuthorities(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [];
  const hint = "upstream.caFile names a PEM file with certificates; `mailward config get upstream.caFile` shows it";
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new UserError(`Cannot read "${sanitize(file)}": ${systemErrorText(error)}`, { hint, cause: error });
  }
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (certificates === null) throw new UserError(`Cannot use "${sanitize(file)}": no PEM certificate in it`, { hint });
  return [...certificates];
}
