import { describe, expect, it } from "vitest";
import type { Session, SessionCommand } from "../../../src/protocol/command.ts";
import type { SessionEvent } from "../../../src/protocol/event.ts";
import { playbook } from "../../support/playbook.ts";

/** A session that answers with what a test wants. */
function answering(answer: (event: SessionEvent) => readonly SessionCommand[]): () => Session {
  return () => ({ protocol: "pop3", handle: answer });
}

const always = (...commands: SessionCommand[]) => answering(() => commands);
const bytes = Buffer.from("x");
const target = { protocol: "pop3", host: "pop.example.org", port: 995, security: "tls" } as const;

describe("playbook()", () => {
  it("passes for a session that does what is expected", () => {
    playbook(always({ type: "send", to: "client", bytes }))
      .start()
      .expectClient("x")
      .end();
  });

  it("fails when something else, more or less is sent", () => {
    const sending = () => playbook(always({ type: "send", to: "client", bytes })).start();
    expect(() => sending().expectClient("y")).toThrow(/other octets/);
    expect(() => sending().expectClient("xx")).toThrow(/other octets/);
    expect(() => sending().expectNothing()).toThrow(/unexpected on the client/);
    expect(() => sending().end()).toThrow(/unexpected on the client/);
    expect(() => sending().start()).toThrow(/unexpected on the client/);
    expect(() => sending().expectUpstream("x")).toThrow(/expected octets to the upstream/);
  });

  it("fails when segmentations differ in what they bring about", () => {
    const perEvent = answering((event) =>
      event.type === "bytes" ? [{ type: "report", fact: { type: "state", state: "moved" } }] : [],
    );
    expect(() => playbook(perEvent).client("ab").end()).toThrow(/other facts than "whole"/);
    const doubling = answering((event) => (event.type === "bytes" ? [{ type: "send", to: "client", bytes }] : []));
    expect(() => playbook(doubling).client("ab").expectClient("x")).toThrow(/\[byte\] other octets/);
  });

  it("fails when a session throws", () => {
    const throwing = answering(() => {
      throw new Error("oh");
    });
    expect(() => playbook(throwing).start()).toThrow(/handle\(\) threw: Error: oh/);
  });

  it("overwrites an event's octets once they are handled", () => {
    let kept: Uint8Array = bytes;
    const keeping = answering((event) => {
      if (event.type === "bytes") {
        kept = event.bytes;
        return [];
      }
      return [{ type: "send", to: "client", bytes: kept }];
    });
    const dialogue = playbook(keeping, { segmentations: ["whole"] })
      .client("secret")
      .start();
    expect(() => dialogue.expectClient("secret")).toThrow(/other octets/);
  });

  it("fails when octets change after they were sent", () => {
    const memory = Buffer.allocUnsafeSlow(1);
    const reusing = answering(() => {
      memory.fill((memory[0] ?? 0) + 1);
      return [{ type: "send", to: "client", bytes: memory }];
    });
    const dialogue = playbook(reusing, { segmentations: ["whole"] })
      .start()
      .skip();
    expect(() => dialogue.start()).toThrow(/changed after they were sent/);
  });

  it.each<[string, SessionCommand[], RegExp]>([
    [
      "sends after close",
      [
        { type: "close", side: "client", how: "full" },
        { type: "send", to: "client", bytes },
      ],
      /after its close/,
    ],
    [
      "closes twice",
      [
        { type: "close", side: "client", how: "full" },
        { type: "close", side: "client", how: "abort" },
      ],
      /closed twice/,
    ],
    ["sends to no upstream", [{ type: "send", to: "upstream", bytes }], /not connected/],
    [
      "sends what is not judged",
      [
        { type: "spool-begin", id: 1, label: "m" },
        { type: "spool-end", id: 1 },
        { type: "send-range", to: "client", id: 1, start: 0, end: 0 },
      ],
      /not judged/,
    ],
    ["sends what is not held", [{ type: "send-range", to: "client", id: 1, start: 0, end: 0 }], /not there/],
    [
      "spools after the end",
      [
        { type: "spool-begin", id: 1, label: "m" },
        { type: "spool-end", id: 1 },
        { type: "spool-bytes", id: 1, bytes },
      ],
      /which is whole/,
    ],
    [
      "uses an id again",
      [
        { type: "spool-begin", id: 1, label: "m" },
        { type: "release", id: 1 },
        { type: "spool-begin", id: 1, label: "m" },
      ],
      /begun twice/,
    ],
    [
      "releases twice",
      [
        { type: "spool-begin", id: 1, label: "m" },
        { type: "release", id: 1 },
        { type: "release", id: 1 },
      ],
      /after its release/,
    ],
    [
      "leaves a message held",
      [
        { type: "spool-begin", id: 1, label: "m" },
        { type: "close", side: "client", how: "full" },
      ],
      /not released/,
    ],
    [
      "leaves a timer running",
      [
        { type: "set-timer", name: "t", ms: 1 },
        { type: "close", side: "client", how: "full" },
      ],
      /timers run: t/,
    ],
    ["sets no time", [{ type: "set-timer", name: "t", ms: Number.NaN }], /set to NaN/],
    ["clears an unknown timer", [{ type: "clear-timer", name: "t" }], /never set/],
    [
      "pauses twice",
      [
        { type: "pause", side: "client" },
        { type: "pause", side: "client" },
      ],
      /paused twice/,
    ],
  ])("fails when a session %s", (_name, commands, message) => {
    expect(() => playbook(always(...commands)).start()).toThrow(message);
  });

  it("fails when unjudged content reaches the client, be it in pieces", () => {
    const echo = answering((event) =>
      event.type === "bytes" ? [{ type: "send", to: "client", bytes: event.bytes }] : [],
    );
    expect(() => playbook(echo, { marker: "secret" }).client("a secret")).toThrow(/no verdict covers/);
    expect(() => playbook(echo, { marker: "secret", segmentations: ["byte"] }).client("a secret")).toThrow(
      /no verdict/,
    );
  });

  it("plays the driver: connects, spools, judges, edits, stuffs", () => {
    const holding = answering((event) => {
      if (event.type === "start") return [{ type: "connect", target }];
      if (event.type === "connected") return [{ type: "spool-begin", id: 1, label: "m" }];
      if (event.type === "bytes") return [{ type: "spool-bytes", id: 1, bytes: event.bytes }];
      if (event.type === "closed") return [{ type: "spool-end", id: 1 }];
      if (event.type === "judged")
        return [{ type: "build-section", id: 1, request: 1, section: { type: "top", lines: 1 } }];
      if (event.type !== "section") return [];
      const { start, end } = event;
      return [
        { type: "send-range", to: "client", id: 1, start, end, stuffing: "dot" },
        { type: "release", id: 1 },
      ];
    });
    const dialogue = playbook(holding)
      .start()
      .expectConnect({ port: 995 })
      .connected()
      .expectHeld("m")
      .upstream("A: b\r\n\r\n.one\r\ntwo\r\n")
      .closed("upstream")
      .expectWhole("m", "A: b\r\n\r\n.one\r\ntwo\r\n");
    expect(() => dialogue.expectWhole("m", "other")).toThrow(/other content/);
    dialogue
      .judged("m", { edits: [{ start: 8, end: 12, bytes: Buffer.from("..edited") }] })
      .expectClient("A: b\r\n\r\n...edited\r\n.\r\n")
      .expectReleased(1)
      .end();
  });

  it("keeps what comes from a paused side until it is resumed", () => {
    const pausing = answering((event) => {
      if (event.type === "start") return [{ type: "pause", side: "client" }];
      if (event.type === "tls-established") return [{ type: "resume", side: "client" }];
      return event.type === "bytes" ? [{ type: "send", to: "client", bytes: event.bytes }] : [];
    });
    playbook(pausing)
      .start()
      .client("later")
      .expectNothing()
      .expectPaused("client")
      .tlsEstablished("client")
      .expectClient("later")
      .end();
  });
});
