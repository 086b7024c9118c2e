import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareSections, type SectionDifference } from "../support/compare-sections.ts";
import { type Cyrus, cyrusProblem, startCyrus } from "../support/cyrus.ts";
import { openMailbox } from "../support/imap-fetch.ts";
import { mimeShapes } from "../support/mime-shapes.ts";

const problem = cyrusProblem();

describe.skipIf(problem !== undefined)(`sections against Cyrus${problem === undefined ? "" : `: ${problem}`}`, () => {
  let cyrus: Cyrus;

  beforeAll(async () => {
    cyrus = await startCyrus();
  });
  afterAll(() => cyrus.stop());

  test("the section engine says what Cyrus says of messages that all read alike", { timeout: 120_000 }, async () => {
    const shapes = mimeShapes();
    const taken = await cyrus.addUser(
      "shapes",
      shapes.map(({ message }) => message),
    );
    const names = shapes.map(({ name }) => name).filter((_, index) => taken[index]);
    expect(names.length).toBeGreaterThan(shapes.length - 6);
    const box = await openMailbox(cyrus.port, "shapes", "any", "INBOX");
    const differences = await compareSections(box, names, { isLoose: true });
    box.close();
    expect(differences.filter((difference) => !isCyrusOwn(difference))).toEqual([]);
  });
});

/** Shapes that Cyrus reads otherwise than Dovecot, whose reading ours is. */
const READ_OTHERWISE: ReadonlySet<string> = new Set([
  // The last field of a name counts, not the first; addresses of two fields are not put together.
  "repeated fields",
  "two content types",
  // What is not an address is reported in other words.
  "addresses",
  "more addresses",
  "empty addresses",
  // Content fields count without MIME-Version.
  "encoding without type",
  // What is no type is text/plain.
  "broken content type",
  "no content type",
  "content type with garbage",
  // A flag without a value is a parameter.
  "quoted parameters",
  "RFC 2231",
  // What is no encoding is none.
  "odd encoding",
  // A multipart without parts is a text without content.
  "closed at once",
  "no boundary",
  // A delimiter is the whole line, and one at the end opens an empty part.
  "longer lines than delimiters",
  "delimiter without line end",
  // A boundary ends the innermost part that it can.
  "inner never closed",
  "same boundary inside",
  "outer boundary in an inner header",
  // The empty line of a part without a body is its own and not that of the delimiter.
  "empty parts",
  "empty message",
  "message in base64",
]);

function isCyrusOwn({ message, item, theirs, ours }: SectionDifference): boolean {
  if (READ_OTHERWISE.has(message)) return true;
  // Parts have these as messages do.
  if (/^[0-9.]+\.HEADER\.FIELDS/.test(item) && ours === "") return true;
  if (/HEADER\.FIELDS/.test(item) && theirs === `${ours}\r\n`) return true;
  // White space of a folded subject stays.
  if (message === "folded fields" && item === "ENVELOPE") return true;
  // Refused in other words.
  return message === "unknown encoding" && item.startsWith("BINARY") && theirs.startsWith("NO");
}
