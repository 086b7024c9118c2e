import { describe, expect, test } from "vitest";
import { headerWords } from "../../../../src/scan/header-words.ts";
import { judgeContent } from "../../../support/content-scanner.ts";
import { eicar } from "../../../support/eicar.ts";
import { buildMail, harmlessTwin } from "../../../support/evasion.ts";

describe("headerWords()", () => {
  test.each([
    ["Subject: =?utf-8?B?YWJj?=\r\n =?utf-8?q?d=65_f%41?=\r\nFrom: =?x?Q?g?= <a@b>", "abcde f%41\ng"],
    ["Subject: =?utf-8?B?YWJj", undefined],
    ["Subject: =?utf-8?X?abc?= ?=", undefined],
    ["Subject: plain", undefined],
  ])("decodes %j", (header, expected) => {
    expect(headerWords(Buffer.from(header))?.toString()).toBe(expected);
  });
});

describe("scan()", () => {
  const mail = (payload: Buffer): Buffer => {
    const words = (payload.toString("base64").match(/.{1,40}/g) ?? []).map((word) => `=?utf-8?B?${word}?=`);
    return buildMail({ topFields: [`X-A: ${words.join("\r\n ")}`, "MIME-Version: 1.0"], body: "QQ==" });
  };

  test("finds what encoded words say", () => {
    expect(judgeContent(mail(eicar())).kind).toBe("infected");
    expect(judgeContent(mail(harmlessTwin())).kind).toBe("clean");
  });
});
