/** The mails that fuzzing starts from: the project's own techniques of hiding content. */
import { eicar } from "../../test/support/eicar.ts";
import { mimeEvasions } from "../../test/support/evasion.ts";
import { archiveEvasions } from "../../test/support/evasion-archives.ts";
import { containerEvasions } from "../../test/support/evasion-containers.ts";
import { cryptoEvasions } from "../../test/support/evasion-crypto.ts";
import { htmlEvasions } from "../../test/support/evasion-html.ts";
import { readingEvasions } from "../../test/support/evasion-mime.ts";
import { officeEvasions } from "../../test/support/evasion-office.ts";
import { officeTextEvasions } from "../../test/support/evasion-office-text.ts";
import { textEvasions } from "../../test/support/evasion-text.ts";

/** One mail of each technique; the large ones, which would only be slow, are left out. */
export function evasionMails(): [Buffer, ...Buffer[]] {
  const mails = [
    ...mimeEvasions,
    ...readingEvasions,
    ...archiveEvasions,
    // Of a bomb every input takes as long as the bomb.
    ...containerEvasions.filter(({ name }) => !name.includes("bomb")),
    ...officeEvasions,
    ...officeTextEvasions,
    ...textEvasions,
    ...htmlEvasions,
    ...cryptoEvasions,
  ].map((evasion) => evasion.build(eicar()));
  const [first, ...rest] = mails.filter((mail) => mail.length <= MAX_BYTES);
  if (first === undefined) throw new Error("there is no mail to start from");
  return [first, ...rest];
}

const MAX_BYTES = 64 * 1024;
