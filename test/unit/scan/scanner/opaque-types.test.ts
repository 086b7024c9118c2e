import { describe, expect, test } from "vitest";
import { testScanner } from "../../../support/scan-message.ts";

describe("scan()", () => {
  const scanner = testScanner();

  test.each([
    "message/external-body; access-type=URL; URL=http://example.org/a.com",
    "Message/External-Body; access-type=anon-ftp",
    '"message/external-body"',
    "message / external-body",
    "message/external-body (comment)",
    "message/exter\0nal-body",
    "message/external\r\n -body",
    "=?us-ascii?Q?message/external-body?=",
    "text/plain\r\nContent-Type: message/external-body",
  ])("does not call a message clean whose content is elsewhere: %j", (type) => {
    const { kind, reasons } = judge(type);
    expect([kind, reasons.map(({ code }) => code)]).toEqual(["incomplete", ["external-body"]]);
  });

  test.each([
    'message/partial; id="a"; number=2; total=3',
    "Message/Partial; id=a; number=1",
    "message/partial",
    'text/plain\r\nContent-Type: message/partial; id="a"; number=1; total=2',
  ])("does not call a message clean that is one of several pieces: %j", (type) => {
    const { kind, reasons } = judge(type);
    expect([kind, reasons.map(({ code }) => code)]).toEqual(["incomplete", ["partial"]]);
  });

  test.each(["message/partial; id=a; number=1; total=1", "message/partial; id=a; number=01; total= 1 "])(
    "takes the only piece for the whole: %j",
    (type) => {
      expect(judge(type).kind).toBe("clean");
    },
  );

  function judge(type: string): ReturnType<typeof scanner.scan>["verdict"] {
    const part = `--b\r\nContent-Type: ${type}\r\n\r\nSubject: inner\r\n\r\ntext\r\n`;
    return scanner.scan(Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${part}--b--\r\n`, "latin1"))
      .verdict;
  }
});
