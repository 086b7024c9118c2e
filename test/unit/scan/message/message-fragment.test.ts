import { describe, expect, test } from "vitest";
import { fragmentLimits } from "../../../../src/core/scan-limits.ts";
import { walkMessage } from "../../../../src/mime/walk.ts";
import { WalkAllowance } from "../../../../src/mime/walk-allowance.ts";
import { type Fragment, fragmentFrom, fragmentOf } from "../../../../src/scan/message-fragment.ts";

describe("fragmentOf()", () => {
  test.each([
    ['Content-Type: message/partial; id="a@b"; number=2; total=3', { id: "a@b", number: 2, total: 3 }],
    ["content-type: Message/Partial;\r\n number=1; id=x", { id: "x", number: 1 }],
    ["Content-Type: message/partial; id=x; number= 1 ; total=1", { id: "x", number: 1, total: 1 }],
  ])("reads the message with %j", (field, expected) => {
    expect(read(field)).toEqual(expected);
  });

  test.each([
    "Content-Type: text/plain; id=x; number=1; total=2",
    "Content-Type: message/partial; number=1; total=2",
    'Content-Type: message/partial; id=""; number=1; total=2',
    "Content-Type: message/partial; id=x; total=2",
    "Content-Type: message/partial; id=x; number=0; total=2",
    "Content-Type: message/partial; id=x; number=3; total=2",
    "Content-Type: message/partial; id=x; number=-1",
    "Content-Type: message/partial; id=x; number=1e1",
    "Content-Type: message/partial; id=x; number=1; total=many",
    "Content-Type: message/partial; id=x; number=1; total=2\r\nContent-Transfer-Encoding: base64",
  ])("takes the message with %j for no piece of another one", (field) => {
    expect(read(field)).toBeUndefined();
  });

  test("takes no part of a message for one", () => {
    const part = "--b\r\nContent-Type: message/partial; id=x; number=1; total=2\r\n\r\nSubject: a\r\n--b--";
    expect(read(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${part}`)).toBeUndefined();
  });
});

describe("fragmentFrom()", () => {
  test("keeps within its bounds", () => {
    const { fragments, idCharacters } = fragmentLimits;
    expect(fragmentFrom("x".repeat(idCharacters), fragments, fragments)).toBeDefined();
    expect(fragmentFrom("x".repeat(idCharacters + 1), 1, 1)).toBeUndefined();
    expect(fragmentFrom("x", fragments + 1, undefined)).toBeUndefined();
    expect(fragmentFrom("x", 1, fragments + 1)).toBeUndefined();
    for (const wrong of [0, -1, 1.5, Number.NaN, "1", null]) {
      expect(fragmentFrom("x", wrong, undefined)).toBeUndefined();
      expect(fragmentFrom("x", 1, wrong)).toBeUndefined();
    }
    expect(fragmentFrom(1, 1, 1)).toBeUndefined();
  });
});

function read(field: string): Fragment | undefined {
  const bytes = Buffer.from(`Subject: a\r\n${field}\r\n\r\nbody`, "latin1");
  return fragmentOf(walkMessage(bytes, new WalkAllowance(10)).root);
}
