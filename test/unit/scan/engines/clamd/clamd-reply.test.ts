import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clamdAddress, parseClamdReply } from "../../../../../src/scan/engines/clamd/clamd-engine.ts";

describe("parseClamdReply()", () => {
  test.each([
    ["1: stream: OK", { type: "clean" }],
    ["1: stream: Some.Name FOUND", { type: "found", name: "Some.Name", kind: "malware" }],
    ["1: stream: A name with FOUND in it FOUND", { type: "found", name: "A name with FOUND in it", kind: "malware" }],
    ["1: stream: OK FOUND", { type: "found", name: "OK", kind: "malware" }],
    ["1: stream: PUA.Tool FOUND", { type: "found", name: "PUA.Tool", kind: "heuristic" }],
    [
      "1: stream: Heuristics.Phishing.Email FOUND",
      { type: "found", name: "Heuristics.Phishing.Email", kind: "heuristic" },
    ],
    ["1: stream: Heuristics.Encrypted.Zip FOUND", { type: "found", name: "Heuristics.Encrypted.Zip", kind: "policy" }],
    [
      "1: stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND",
      { type: "found", name: "Heuristics.Limits.Exceeded.MaxFileSize", kind: undefined },
    ],
    ["1: stream: Can't allocate memory ERROR", { type: "error", detail: expect.stringContaining("allocate") }],
    ["INSTREAM size limit exceeded. ERROR", { type: "error", detail: expect.stringContaining("StreamMaxLength") }],
    ["1: INSTREAM size limit exceeded. ERROR", { type: "error", detail: expect.stringContaining("StreamMaxLength") }],
  ])("reads %j", (text, expected) => {
    expect(parseClamdReply(text, 1)).toEqual(expected);
  });

  test.each([
    "",
    "stream: OK",
    "2: stream: OK",
    "1: stream: OK OK",
    "1: OK",
    "PONG",
    "1: stream:  FOUND",
    "HTTP/1.1 200 OK",
  ])("does not take %j for an answer", (text) => {
    expect(() => parseClamdReply(text, 1)).toThrow("it answered");
  });

  test("says clean of nothing but the one right answer", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        let isClean = false;
        try {
          isClean = parseClamdReply(text, 1).type === "clean";
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(isClean).toBe(text.trim() === "1: stream: OK");
      }),
    );
  });
});

test("clamdAddress() tells sockets from hosts", () => {
  expect(clamdAddress("/run/clamav/clamd.ctl")).toEqual({ path: "/run/clamav/clamd.ctl" });
  expect(clamdAddress("localhost:3310")).toEqual({ host: "localhost", port: 3310 });
  expect(clamdAddress("[::1]:3310")).toEqual({ host: "::1", port: 3310 });
});
