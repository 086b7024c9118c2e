/** Snapshots for the tests of the live table. */
import type { ConnectionSnapshot, DetectionLine, ProxySnapshot } from "../../../src/core/snapshot.ts";
import { EMPTY_TOTALS } from "../../../src/core/snapshot.ts";

export const START = Date.UTC(2026, 0, 5, 8, 0, 0);

export function connection(id: number, change: Partial<ConnectionSnapshot> = {}): ConnectionSnapshot {
  return {
    id,
    startedAt: START + 1000,
    clientAddress: `127.0.0.1:${50_000 + id}`,
    protocol: id % 2 === 0 ? "imap" : "pop3",
    account: `us${id}***@example.org`,
    upstream: "imap.example.net:993",
    upstreamTls: "TLSv1.3",
    clientTls: "plain",
    isExcluded: false,
    messages: id,
    bytesIn: 12_400_000,
    bytesOut: 12_300_000,
    state: "idle",
    lastVerdict: "clean",
    lastSubject: `Minutes no. ${id}`,
    lastSender: "office@example.org",
    ...change,
  };
}

export function connections(count: number): ConnectionSnapshot[] {
  return Array.from({ length: count }, (_, index) => connection(index + 1));
}

export function detection(change: Partial<DetectionLine> = {}): DetectionLine {
  return {
    at: START + 60_000,
    verdict: "infected",
    name: "Eicar-Test-Signature",
    path: "invoice.zip > eicar.com",
    sender: "billing@example.org",
    subject: "Your invoice",
    account: "us***@example.org",
    action: "replaced",
    ...change,
  };
}

export function snapshot(change: Partial<ProxySnapshot> = {}): ProxySnapshot {
  return {
    startedAt: START,
    state: "running",
    listeners: [
      { address: "127.0.0.1:1110", protocol: "pop3", mode: "explicit" },
      { address: "127.0.0.1:1143", protocol: "imap", mode: "explicit" },
    ],
    connections: [],
    totals: { ...EMPTY_TOTALS, connections: 4, messages: 128, bytes: 45_600_000, infected: 2 },
    recent: [],
    ...change,
  };
}
