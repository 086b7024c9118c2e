import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../../src/core/scan-limits.ts";
import { calendarExtractor } from "../../../../src/scan/extractors/calendar.ts";
import { judgeContent } from "../../../support/content-scanner.ts";
import { buildMail } from "../../../support/evasion.ts";
import { extract } from "../../../support/extract.ts";

const INVITATION = [
  "BEGIN:VCALENDAR",
  "PRODID:-//Example//Calendar//EN",
  "VERSION:2.0",
  "METHOD:REQUEST",
  "BEGIN:VTIMEZONE",
  "TZID:Europe/Warsaw",
  "BEGIN:STANDARD",
  "DTSTART:16010101T030000",
  "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
  "END:STANDARD",
  "END:VTIMEZONE",
  "BEGIN:VEVENT",
  "ORGANIZER;CN=An Organizer:mailto:organizer@example.org",
  'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN="Someone: else":',
  " mailto:someone@example.org",
  "DESCRIPTION;LANGUAGE=en:Join the meeting\\nhttps://meet.example.org/j/94112233445566",
  " ?pwd=QWxhZGRpbjpvcGVuIHNlc2FtZQ\\, or call us\\; bring a friend",
  "UID:040000008200E00074C5B7101A82E00800000000B0A1B2C3D4E5D601000000000000000",
  " 0100000001234567890ABCDEF1234567890ABCDEF",
  "SUMMARY:A meeting",
  "ATTACH;FMTTYPE=application/pdf:https://example.org/agenda.pdf",
  "X-ALT-DESC;FMTTYPE=text/html:<html><body><p>Join the <b>meeting</b>\\, please</p>",
  " </body></html>",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");

describe("calendarExtractor", () => {
  test("gives the text with its lines unfolded and its escapes resolved", () => {
    const { entries } = extract(calendarExtractor, Buffer.from(INVITATION));
    expect(entries).toHaveLength(1);
    const text = entries[0]?.bytes.toString() ?? "";
    expect(text).toContain("94112233445566?pwd=QWxhZGRpbjpvcGVuIHNlc2FtZQ, or call us; bring a friend");
    expect(text).toContain("Join the meeting\nhttps://");
  });

  test("gives attachments by their names", () => {
    const text =
      'BEGIN:VCALENDAR\r\nATTACH;X-FILENAME="a:b.txt";VALUE=BINARY;ENCODING=BASE64:QUJD\r\n REVG\r\nEND:VCALENDAR\r\n';
    const { entries } = extract(calendarExtractor, Buffer.from(text));
    expect(entries.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([
      ["a:b.txt", "ABCDEF"],
      ["", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"],
    ]);
  });

  test("gives values in quoted-printable and pictures of old cards", () => {
    const card = "BEGIN:VCARD\nNOTE;QUOTED-PRINTABLE:a=41=\nb=42\nPHOTO;BASE64:\n  QUJD\n\nX:y=\nEND:VCARD\n";
    const { entries } = extract(calendarExtractor, Buffer.from(card));
    expect(entries.map(({ bytes }) => bytes.toString())).toEqual(["aAbB\n", "ABC", "BEGIN:VCARD\n\nX:y=\nEND:VCARD\n"]);
  });

  test("looks at as many values as allowed", () => {
    const text = (count: number): Buffer => Buffer.from(`BEGIN:VCARD\n${"KEY;ENCODING=B:QUJD\n".repeat(count)}`);
    expect(extract(calendarExtractor, text(mimeLimits.embeddedPieces)).reasons).toEqual([]);
    expect(extract(calendarExtractor, text(mimeLimits.embeddedPieces + 1)).reasons).toEqual(["limit-views: calendar"]);
  });

  test("bears any text", () => {
    const piece = fc.constantFrom(
      ...'\r\n| |;|:|"|=|\\|n|ENCODING=|BASE64|QUOTED-PRINTABLE|data:|,|BEGIN:V|QUJD|FILENAME='.split("|"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 100 }), (pieces) => {
        const text = Buffer.from(`BEGIN:VCARD\r\n${pieces.join("")}`);
        const { entries } = extract(calendarExtractor, text);
        expect(entries.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(text.length * 8);
      }),
      { numRuns: 500 },
    );
  });

  test("takes no longer than its share for lines that end like quoted-printable", () => {
    const text = Buffer.from(`BEGIN:VCARD\n${"=\n".repeat(60_000)}`);
    const before = process.cpuUsage();
    extract(calendarExtractor, text);
    expect(process.cpuUsage(before).user).toBeLessThan(1_500_000);
  });
});

describe("scan()", () => {
  test("is clean for an invitation", () => {
    const partFields = [
      "Content-Type: text/calendar; charset=utf-8; method=REQUEST",
      "Content-Transfer-Encoding: 8bit",
    ];
    expect(judgeContent(buildMail({ partFields, body: INVITATION }))).toEqual({
      kind: "clean",
      detections: [],
      reasons: [],
    });
  });
});
