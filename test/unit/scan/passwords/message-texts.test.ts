import { describe, expect, test } from "vitest";
import { scanLimits } from "../../../../src/core/scan-limits.ts";
import { walkMessage } from "../../../../src/mime/walk.ts";
import { WalkAllowance } from "../../../../src/mime/walk-allowance.ts";
import { htmlText, type MessageTexts, readMessageTexts } from "../../../../src/scan/message-texts.ts";

describe("readMessageTexts()", () => {
  test("decodes subject, sender, file names and bodies", () => {
    const mail = [
      "From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.org>",
      "Subject: =?utf-8?B?R3LDvG4=?=",
      "\tand folded",
      "Content-Type: multipart/mixed; boundary=b",
      "",
      "--b",
      "Content-Type: text/plain; charset=iso-8859-2",
      "Content-Transfer-Encoding: quoted-printable",
      "",
      "has=B3o",
      "--b",
      "Content-Type: text/html; charset=utf-8",
      "Content-Transfer-Encoding: base64",
      "",
      Buffer.from("<p>grün</p>").toString("base64"),
      "--b",
      'Content-Type: application/zip; name="a b.zip"',
      "",
      "not text",
      "--b--",
    ].join("\r\n");
    expect(read(mail)).toEqual({
      bodies: ["hasło", "\ngrün\n"],
      subjects: ["Grün\tand folded"],
      senders: ["Jörg <joerg@example.org>"],
      fileNames: ["a b.zip"],
    });
  });

  test("reads the subjects of messages in the message", () => {
    const mail = "Subject: outer\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext";
    expect(read(mail).subjects).toEqual(["outer", "inner"]);
  });

  test("takes header octets that are no encoded word for UTF-8 or Latin-1", () => {
    expect(read("Subject: grün\r\n\r\n").subjects).toEqual(["grün"]);
    expect(read(Buffer.from("Subject: gr\xfcn\r\n\r\n", "latin1")).subjects).toEqual(["grün"]);
  });

  test("takes little time for a header of folded lines", () => {
    const bytes = Buffer.from(`Subject: x\r\n${" y\r\n".repeat(100_000)}\r\ntext`);
    const tree = walkMessage(bytes, new WalkAllowance(scanLimits.parts));
    const start = performance.now();
    readMessageTexts(bytes, tree);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("htmlText()", () => {
  test.each([
    ["<b>pass</b><i>word</i>", "password"],
    ["one<br>two<p class='a'>three</p>", "one\ntwo\nthree\n"],
    ["<td>a</td><td>b</td>", "\na\n\nb\n"],
    ["a<!-- hidden -->b", "a b"],
    ["a<style>p { color: red }</style>b<SCRIPT>x()</SCRIPT>c", "a b c"],
    ["&lt;&amp;&#52;&#x37;&nbsp;&unknown;&#0;", "<&47 &unknown; "],
    ["1 < 2 and 3 > 2", "1 < 2 and 3 > 2"],
    ["<!-- no end", "<!-- no end"],
  ])("makes of %j what is shown", (html, text) => {
    expect(htmlText(html)).toBe(text);
  });

  test.each(["<!--", "<script", "<", "<a<", "&", "&#", "<p ", "</", "<style>"])(
    "takes little time for many %j",
    (text) => {
      const start = performance.now();
      htmlText(text.repeat(50_000));
      expect(performance.now() - start).toBeLessThan(1_000);
    },
  );
});

function read(mail: string | Buffer): MessageTexts {
  const bytes = Buffer.from(mail);
  return readMessageTexts(bytes, walkMessage(bytes, new WalkAllowance(scanLimits.parts)));
}
