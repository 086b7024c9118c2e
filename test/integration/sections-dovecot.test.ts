import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareSections, type SectionDifference } from "../support/compare-sections.ts";
import { type Dovecot, dovecotProblem, PASSWORD, startDovecot } from "../support/dovecot.ts";
import { openMailbox } from "../support/imap-fetch.ts";
import { type MimeShape, mimeShapes } from "../support/mime-shapes.ts";
import { mutatedShapes } from "../support/mutated-shapes.ts";

const problem = dovecotProblem();

describe.skipIf(problem !== undefined)(`sections against Dovecot${problem === undefined ? "" : `: ${problem}`}`, () => {
  let dovecot: Dovecot;

  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());

  test("the section engine says what Dovecot says of every shape of message", { timeout: 120_000 }, async () => {
    expect(await differences("shapes", mimeShapes())).toEqual([]);
  });

  // It ends the connection when it meets an encoding that is broken: so BINARY is not asked for.
  test("the section engine says what Dovecot says of damaged messages", { timeout: 120_000 }, async () => {
    expect(await differences("damaged", mutatedShapes(300, SEED), false)).toEqual([]);
  });

  async function differences(
    user: string,
    shapes: readonly MimeShape[],
    hasBinary = true,
  ): Promise<SectionDifference[]> {
    dovecot.addUser(
      user,
      shapes.map(({ message }) => message),
    );
    const box = await openMailbox(dovecot.ports.imap, user, PASSWORD, "INBOX");
    const names = shapes.map(({ name }) => name);
    const found = await compareSections(box, names, { isLoose: false, hasBinary });
    box.close();
    return found.filter((difference) => !isDovecotsOwn(difference));
  }
});

/** One whose messages Dovecot does not read by accidents of its own: what it says of a comment that is never closed, or of
 *  a parameter after another one with an index, depends on what it has read before. */
const SEED = 3;

/** Where Dovecot departs from the RFCs or from itself. */
function isDovecotsOwn({ message, item, theirs, ours }: SectionDifference): boolean {
  // A leaf is its own part 1 only when it is a whole message.
  if (/^[0-9.]+\.1(\.MIME)?$/.test(item) && ours === "") return true;
  // RFC 9051 §6.4.5: no blank line of a message that has neither body nor blank line.
  if (/HEADER\.FIELDS/.test(item) && theirs === `${ours}\r\n`) return true;
  // It reads on after the end of the part.
  if (/HEADER\.FIELDS\.NOT/.test(item) && message.endsWith("message in base64")) return theirs.startsWith(ours);
  // It decodes what is inside as well, and changes the headers there.
  if (/^BINARY.*(multipart|message)$/.test(item)) return true;
  // Its BODYSTRUCTURE says 7bit.
  return item === "BINARY[1] of leaf" && message === "encoding without type";
}
