import { describe, expect, it } from "vitest";
import { filterMechanism, isHiddenMechanism, isPipelining } from "../../../../src/protocol/pop3/capability-filter.ts";
import { buildPlain, parsePlain } from "../../../../src/protocol/pop3/plain-credentials.ts";

describe("isHiddenMechanism()", () => {
  it("hides security layers and channel binding (P-26), and nothing else", () => {
    for (const name of ["GSSAPI", "gssapi", "DIGEST-MD5", "NTLM", "SCRAM-SHA-1-PLUS", "x-plus", "KERBEROS_V4"]) {
      expect(isHiddenMechanism(name), name).toBe(true);
    }
    for (const name of ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", ""]) {
      expect(isHiddenMechanism(name), name).toBe(false);
    }
  });
});

describe("filterMechanism()", () => {
  it("drops a hidden mechanism's line", () => {
    expect(filterMechanism(Buffer.from("NTLM\r\n"))).toBeUndefined();
    const plain = Buffer.from("PLAIN\r\n");
    expect(filterMechanism(plain)).toBe(plain);
  });
});

describe("isPipelining()", () => {
  it("knows the capability by its first word", () => {
    expect(isPipelining(Buffer.from("pipelining\r\n"))).toBe(true);
    expect(isPipelining(Buffer.from("X PIPELINING\r\n"))).toBe(false);
  });
});

describe("parsePlain()", () => {
  const line = (text: string) => Buffer.from(`${Buffer.from(text, "latin1").toString("base64")}\r\n`);

  it("reads the three fields, any octets in them, and builds them again", () => {
    for (const text of ["\0ann\0hunter", "boss\0\xe9\xff\0p w", "\0\0", "a\0b\0"]) {
      const parsed = parsePlain(line(text));
      const [authorization, name, password] = text.split("\0");
      expect(parsed).toMatchObject({ authorization, name });
      expect(Buffer.from(parsed?.password.reveal() ?? []).toString("latin1")).toBe(password);
      if (parsed !== undefined) expect(buildPlain(parsed)).toEqual(line(text));
      expect(JSON.stringify(parsed)).not.toContain("hunter");
    }
  });

  it("refuses what is not base64 or not three fields", () => {
    for (const text of ["", "ann", "ann\0secret", "a\0b\0c\0d"]) expect(parsePlain(line(text))).toBeUndefined();
    for (const text of ["=", "AA", "AGEAYg", "AGEAYg===", "AGE AYg==", "AGEAYg==\0", "_-_-"]) {
      expect(parsePlain(Buffer.from(text))).toBeUndefined();
    }
  });
});
