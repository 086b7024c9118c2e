/** A scan thread for the tests. The first words of a message say what happens to it: "judge" and nothing bad, or one of
 *  the ways in which a scanner can fail. */
import { writeSync } from "node:fs";
import type { MessageDisplay } from "../../../src/core/model.ts";
import type { Judgement, Rewrite } from "../../../src/scan/judge.ts";
import { serveJobs } from "../../../src/scan/service-worker.ts";

serveJobs({ judge, rewrite, describe });

function judge(bytes: Buffer): Judgement {
  const text = bytes.toString("latin1", 0, 64);
  misbehave(text);
  return {
    verdict: text.startsWith("infected")
      ? { kind: "infected", detections: [DETECTION], reasons: [] }
      : { kind: "clean", detections: [], reasons: [] },
    remarks: [],
    display: { subject: text.split("\n")[0] ?? "", from: "", date: "", messageId: String(sum(bytes)) },
    headerBytes: Math.min(bytes.length, 5),
    durationMs: 1,
  };
}

function rewrite(bytes: Buffer): Rewrite {
  misbehave(bytes.toString("latin1", 0, 64));
  return {
    edits: [
      { start: 0, end: 2, bytes: Buffer.from("first") },
      { start: 4, end: bytes.length, bytes: Buffer.alloc(bytes.length, "x") },
    ],
    headerBytes: 5,
    isWhole: false,
  };
}

function describe(header: Buffer): MessageDisplay {
  const text = header.toString("latin1", 0, 64);
  misbehave(text);
  return { subject: text.split("\n")[0] ?? "", from: "described", date: "", messageId: String(sum(header)) };
}

function misbehave(text: string): void {
  const [word] = text.split(/[ \n]/);
  switch (word) {
    case "abort":
      endWith("SIGABRT");
      break;
    case "kill":
      endWith("SIGKILL");
      break;
    case "stop":
      process.kill(process.pid, "SIGSTOP");
      break;
    case "hang":
      hang();
      break;
    case "slow":
      waste(100);
      break;
    case "throw":
      throw new Error("the scanner has a bug");
    case "exit":
      // In a thread this ends the thread alone.
      process.exit(7);
      break;
    case "heap":
      fillHeap();
      break;
    case "memory":
      fillMemory();
      break;
    case "garbage":
      say(Buffer.alloc(64, 0xff));
      break;
    case "lie":
      // A well-formed answer to a job that was never given.
      say(Buffer.from(`\0\0\0\x14\x0a\0\x01\0\0{"type":"cancelled"}`, "latin1"));
      break;
    default:
  }
}

function endWith(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
  hang();
}

/** What a thread that was taken over can do: speak to the daemon itself. */
function say(bytes: Buffer): void {
  writeSync(3, bytes);
  hang();
}

function hang(): void {
  for (;;);
}

function waste(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function fillHeap(): void {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(1_000_000).fill(kept.length));
}

function fillMemory(): void {
  const kept: Buffer[] = [];
  for (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, 1));
}

function sum(bytes: Buffer): number {
  let total = 0;
  for (const octet of bytes) total = (total + octet) >>> 0;
  return total;
}

const DETECTION = { name: "Test.Signature", kind: "malware", engine: "signatures", part: "1", path: [] } as const;
