import { describe, expect, it } from "vitest";
import { fromLatin1 } from "../../../../src/core/bytes.ts";
import {
  codeList,
  dataList,
  hideCapabilities,
  isHiddenMechanism,
  readCapabilities,
} from "../../../../src/protocol/imap/capability.ts";

const HIDING = { mode: "fixed", scansUploads: false } as const;

function hidden(words: string, mode: "explicit" | "fixed" = "fixed", scansUploads = false): string {
  const line = fromLatin1(`* CAPABILITY ${words}\r\n`);
  const shown = Buffer.from(hideCapabilities(line, dataList(line, 12), { mode, scansUploads })).toString("latin1");
  expect(shown.slice(0, 12)).toBe("* CAPABILITY");
  return shown.slice(12, -2);
}

describe("hideCapabilities()", () => {
  it("P-17 P-23 P-26 takes out what would blind the scanner and keeps the rest in its order", () => {
    expect(
      hidden(
        "IMAP4rev1 COMPRESS=DEFLATE COMPRESS=ZSTD STARTTLS URLAUTH URLAUTH=BINARY URL-PARTIAL CONVERT BINARY PREVIEW PREVIEW=FUZZY " +
          "SNIPPET=FUZZY X-NEW LOGINDISABLED CATENATE AUTH=PLAIN AUTH=GSSAPI AUTH=DIGEST-MD5 AUTH=NTLM " +
          "AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256 compress=x auth=gssapi IDLE",
      ),
    ).toBe(
      " IMAP4rev1 COMPRESS=DEFLATE URL-PARTIAL BINARY PREVIEW X-NEW LOGINDISABLED CATENATE AUTH=PLAIN AUTH=SCRAM-SHA-256 IDLE",
    );
  });

  it("P-23 takes out CATENATE where uploads are scanned", () => {
    expect(hidden("IMAP4rev1 MULTIAPPEND CATENATE REPLACE LITERAL-", "fixed", true)).toBe(
      " IMAP4rev1 MULTIAPPEND REPLACE LITERAL-",
    );
  });

  it("hides LOGINDISABLED where the session logs in itself", () => {
    expect(hidden("IMAP4rev1 LOGINDISABLED", "explicit")).toBe(" IMAP4rev1");
  });

  it.each(["", "BINARYX XBINARY COMPRESS STARTTLSX CONVERTX PREVIEWS AUTH= X-COMPRESS=DEFLATE", " IMAP4rev1  IDLE "])(
    "returns %j itself",
    (words) => {
      const line = fromLatin1(`* CAPABILITY ${words}\r\n`);
      expect(hideCapabilities(line, dataList(line, 12), HIDING)).toBe(line);
    },
  );

  it("keeps other spaces as they are", () => {
    expect(hidden("A   STARTTLS  B ")).toBe(" A  B ");
    expect(hidden("STARTTLS")).toBe("");
  });
});

describe("codeList()", () => {
  const shown = (line: string) => {
    const bytes = fromLatin1(line);
    const list = codeList(bytes, 4);
    return list === undefined ? line : Buffer.from(hideCapabilities(bytes, list, HIDING)).toString("latin1");
  };

  it.each([
    ["* OK [CAPABILITY IMAP4rev1 STARTTLS] ready STARTTLS\r\n", "* OK [CAPABILITY IMAP4rev1] ready STARTTLS\r\n"],
    ["a OK  [capability CONVERT A] ok\r\n", "a OK  [capability A] ok\r\n"],
    ["* OK [CAPABILITY STARTTLS]\r\n", "* OK [CAPABILITY]\r\n"],
    ["* OK [ALERT] [CAPABILITY STARTTLS]\r\n", "* OK [ALERT] [CAPABILITY STARTTLS]\r\n"],
    ["* OK CAPABILITY STARTTLS\r\n", "* OK CAPABILITY STARTTLS\r\n"],
    ["* OK [CAPABILITY STARTTLS\r\n", "* OK [CAPABILITY STARTTLS\r\n"],
    ["* OK [CAPABILITY]\r\n", "* OK [CAPABILITY]\r\n"],
    ["* OK\r\n", "* OK\r\n"],
  ])("of %j shows %j", (line, expected) => {
    expect(shown(line)).toBe(expected);
  });
});

describe("readCapabilities()", () => {
  it("has the words in upper case, and as written", () => {
    const line = fromLatin1("* CAPABILITY imap4rev1  SASL-IR \r\n");
    expect([...readCapabilities(line, dataList(line, 12))]).toEqual([
      ["IMAP4REV1", "imap4rev1"],
      ["SASL-IR", "SASL-IR"],
    ]);
  });
});

describe("isHiddenMechanism()", () => {
  it.each(["gssapi", "GSS-SPNEGO", "DIGEST-MD5", "NTLM", "SRP", "KERBEROS_V4", "scram-sha-1-plus"])(
    "is true for %s",
    (name) => {
      expect(isHiddenMechanism(name)).toBe(true);
    },
  );

  it.each(["PLAIN", "LOGIN", "XOAUTH2", "SCRAM-SHA-256", "CRAM-MD5", "PLUS", ""])("is false for %j", (name) => {
    expect(isHiddenMechanism(name)).toBe(false);
  });
});
