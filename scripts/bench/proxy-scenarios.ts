/** What is measured of the proxy, beside whom, and what it should reach. */
import { KIB, MIB } from "../../src/core/limits.ts";
import type { Load, Loaded } from "./proxy-load.ts";
import type { PeerName } from "./proxy-peers.ts";

export interface Scenario {
  readonly name: string;
  readonly load: Pick<Load, "sessions" | "size" | "piece" | "delayMs">;
  readonly peers: readonly PeerName[];
  readonly goals: readonly Goal[];
}

/** `of` at least, or at most, `factor` times the reference's, or that number alone when there is no reference. */
export interface Goal {
  readonly of: PeerName;
  readonly figure: Figure;
  readonly is: "at least" | "at most";
  readonly factor: number;
  readonly reference?: PeerName;
}

export type Figure = "MB/s" | "messages/s" | "p50 ms" | "p99 ms" | "first byte ms" | "later MB/s" | "KB a session";

export function figureOf(figure: Figure, loaded: Loaded): number {
  switch (figure) {
    case "MB/s":
      return loaded.bytes / 1e6 / loaded.seconds;
    case "messages/s":
      return loaded.messages / loaded.seconds;
    case "p50 ms":
      return loaded.p50Ms;
    case "p99 ms":
      return loaded.p99Ms;
    case "first byte ms":
      return loaded.firstByteMs;
    case "later MB/s":
      return loaded.laterPieces;
    case "KB a session":
      return loaded.sessionBytes / 1_000;
  }
}

const BESIDE: readonly PeerName[] = ["direct", "nginx", "onread", "clamd", "mailward"];

/** The client's side is plain for all of them, the origin's is TLS for all but `direct`. */
export const SCENARIOS: readonly Scenario[] = [
  download("10k-1", 10 * KIB, 1, BESIDE, [most("p50 ms", 0.5), most("p99 ms", 5)]),
  download("10k-8", 10 * KIB, 8, BESIDE, [least("messages/s", 12, "clamd")]),
  download("10k-64", 10 * KIB, 64, BESIDE, [least("messages/s", 10, "clamd")]),
  download("1m-1", MIB, 1, BESIDE, [least("MB/s", 5, "clamd"), most("first byte ms", 10)]),
  download(
    "1m-8",
    MIB,
    8,
    [...BESIDE, "mailward-cores"],
    [least("MB/s", 5, "clamd"), { ...least("MB/s", 1.6, "mailward"), of: "mailward-cores" }],
  ),
  download("20m-1", 20 * MIB, 1, BESIDE, [least("MB/s", 5, "clamd"), most("first byte ms", 150)]),
  download("20m-8", 20 * MIB, 8, BESIDE, [least("MB/s", 5, "clamd")]),
  {
    name: "20m-1-p64k",
    load: { size: 20 * MIB, sessions: 1, piece: 64 * KIB, delayMs: 0 },
    peers: ["direct", "nginx", "onread", "mailward"],
    goals: [least("MB/s", 0.75, "onread"), least("later MB/s", 1, "direct")],
  },
  {
    name: "20m-1-p64k-20ms",
    load: { size: 20 * MIB, sessions: 1, piece: 64 * KIB, delayMs: 20 },
    peers: ["direct", "mailward"],
    goals: [least("MB/s", 1, "direct")],
  },
  ...(["10k-8", "1m-8"] as const).map(
    (name): Scenario => ({
      name: `excluded-${name}`,
      load: { size: name === "10k-8" ? 10 * KIB : MIB, sessions: 8, piece: 0, delayMs: 0 },
      peers: ["nginx", "mailward-excluded"],
      goals: [{ ...least(name === "10k-8" ? "messages/s" : "MB/s", 1, "nginx"), of: "mailward-excluded" }],
    }),
  ),
  idle(1_000),
  idle(5_000),
];

function download(
  name: string,
  size: number,
  sessions: number,
  peers: readonly PeerName[],
  goals: readonly Goal[],
): Scenario {
  return { name, load: { size, sessions, piece: 0, delayMs: 0 }, peers, goals };
}

function idle(sessions: number): Scenario {
  return {
    name: `idle-${sessions}`,
    load: { size: 0, sessions, piece: 0, delayMs: 0 },
    peers: ["nginx", "pipe", "mailward"],
    goals: [{ of: "mailward", figure: "KB a session", is: "at most", factor: 1.25, reference: "pipe" }],
  };
}

function least(figure: Figure, factor: number, reference: PeerName): Goal {
  return { of: "mailward", figure, is: "at least", factor, reference };
}

function most(figure: Figure, factor: number): Goal {
  return { of: "mailward", figure, is: "at most", factor };
}
