import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDatabaseSource, isSafeAddress, parseDatabaseSource } from "../../../src/config/database-source.ts";
import { databaseLimits } from "../../../src/core/limits.ts";

const SHA = "ab".repeat(32);

describe("parseDatabaseSource()", () => {
  test.each([
    ["https://example.org/own.hdb", { name: "own.hdb", url: "https://example.org/own.hdb" }],
    ["https://example.org/lists/own.hdb.gz?x=1", { name: "own.hdb", url: "https://example.org/lists/own.hdb.gz?x=1" }],
    ["https://example.org/a%2Eldb/", { name: "a.ldb" }],
    [`https://example.org/own.hdb#sha256=${SHA.toUpperCase()}`, { name: "own.hdb", sha256: SHA }],
    ["https://example.org/get?id=1#name=mine.ndb&license=CC+BY+4.0", { name: "mine.ndb", license: "CC BY 4.0" }],
    ["http://127.0.0.1:8080/own.hdb", { allowsHttp: false }],
    ["http://[::1]/own.hdb", { allowsHttp: false }],
    ["http://localhost/own.hdb", { allowsHttp: false }],
    ["http://example.org/own.hdb#http=allowed", { allowsHttp: true }],
  ])("reads %s", (text, expected) => {
    expect(parseDatabaseSource(text)).toMatchObject({ type: "ok", value: expected });
  });

  test.each([
    ["own.hdb", "it is no URL"],
    ["ftp://example.org/own.hdb", "does not begin with https:// or http://"],
    ["https://ann:secret@example.org/own.hdb", "a name or password"],
    ["http://example.org/own.hdb", "fetched unencrypted"],
    ["http://127.0.0.1.example.org/own.hdb", "fetched unencrypted"],
    ["http://example.org/own.hdb#http=yes", 'can only be "allowed"'],
    ["https://example.org/own.hdb#md5=1", '"md5" after # means nothing'],
    ["https://example.org/own.hdb#sha256=12", "64 hexadecimal digits"],
    ["https://example.org/", "is no name"],
    ["https://example.org/..", "is no name"],
    ["https://example.org/.hidden.hdb", "is no name"],
    ["https://example.org/a%2fb.hdb", "is no name"],
    ["https://example.org/x#name=..%2Fx.hdb", "is no name"],
    [`https://example.org/${"a".repeat(databaseLimits.nameCharacters + 1)}`, "characters"],
  ])("refuses %s", (text, problem) => {
    expect(parseDatabaseSource(text)).toMatchObject({ type: "invalid", problem: expect.stringContaining(problem) });
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl({ withFragments: true })), (text) => {
        expect(["ok", "invalid"]).toContain(parseDatabaseSource(text).type);
      }),
    );
  });
});

test("formatDatabaseSource() gives a text that means the same", () => {
  const source = {
    name: "mine.ndb",
    url: "https://example.org/get?id=1",
    sha256: SHA,
    license: "GPL-2.0-only & more",
    allowsHttp: true,
  };
  expect(parseDatabaseSource(formatDatabaseSource(source))).toEqual({ type: "ok", value: source });
  const plain = "https://example.org/own.hdb";
  const parsed = parseDatabaseSource(plain);
  expect(parsed.type === "ok" && formatDatabaseSource(parsed.value)).toBe(plain);
});

test("isSafeAddress() knows this machine by its addresses and its one name", () => {
  const safe = ["https://example.org", "http://localhost", "http://127.1.2.3", "http://[::1]", "http://0x7f.1"];
  for (const url of safe) expect(isSafeAddress(new URL(url), false), url).toBe(true);
  const unsafe = ["http://example.org", "http://localhost.example.org", "http://10.0.0.1", "http://[fe80::1]"];
  for (const url of unsafe) expect(isSafeAddress(new URL(url), false), url).toBe(false);
  expect(isSafeAddress(new URL("ftp://localhost"), true)).toBe(false);
});
