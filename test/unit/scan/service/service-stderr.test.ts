import { expect, test } from "vitest";
import type { LogFields, Logger } from "../../../../src/core/log.ts";
import { serviceLimits } from "../../../../src/core/scan-limits.ts";
import { ServiceStderr } from "../../../../src/scan/service-stderr.ts";

test("ServiceStderr logs lines, however they are cut, and nothing that moves a cursor", () => {
  const { logger, texts } = collect();
  const stderr = new ServiceStderr(logger);
  for (const octet of Buffer.from("one\n\x1b[2Jtwo\r\n\nthree")) stderr.receive(Buffer.of(octet));
  expect(texts).toEqual(["one", String.raw`\x1b[2Jtwo`]);
  expect(stderr.complaint).toBe("three");
  expect(texts).toHaveLength(3);
});

test("ServiceStderr remembers the line that names the trouble", () => {
  const stderr = new ServiceStderr(collect().logger);
  stderr.receive(Buffer.from("<--- Last few GCs --->\nFATAL ERROR: heap out of memory\n 1: 0xb7a940 node::Abort()\n"));
  expect(stderr.complaint).toBe("FATAL ERROR: heap out of memory");
});

test("ServiceStderr logs no more than its limits", () => {
  const { logger, texts } = collect();
  const stderr = new ServiceStderr(logger);
  for (let line = 0; line < 1_000; line += 1) stderr.receive(Buffer.from(`${"x".repeat(10_000)}\n`));
  expect(texts).toHaveLength(serviceLimits.errorLines);
  expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(serviceLimits.errorLineCharacters);
});

test("ServiceStderr keeps no more than a line of what never ends", () => {
  const { logger, texts } = collect();
  const stderr = new ServiceStderr(logger);
  for (let chunk = 0; chunk < 1_000; chunk += 1) stderr.receive(Buffer.alloc(10_000, "y"));
  expect(stderr.complaint.length).toBeLessThanOrEqual(serviceLimits.errorLineCharacters);
  expect(texts).toHaveLength(1);
});

function collect(): { logger: Logger; texts: string[] } {
  const texts: string[] = [];
  const log = (_level: string, _event: string, fields?: LogFields): void => void texts.push(String(fields?.text));
  return { logger: { log }, texts };
}
