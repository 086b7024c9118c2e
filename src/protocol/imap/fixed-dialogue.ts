/** Fixed mode: the upstream is known, and the client meets it at once. */
import { fromLatin1 } from "../../core/bytes.ts";
import type { Target } from "../../core/model.ts";
import { type Capabilities, codeList, type Hiding, hideCapabilities } from "./capability.ts";
import { Passthrough } from "./passthrough.ts";
import { Relay } from "./relay.ts";
import { parseResponse } from "./response.ts";
import { withoutAnnouncement } from "./text-guard.ts";
import { type OpeningFailure, type OpenUpstream, UpstreamOpening } from "./upstream-opening.ts";
import type { Wire } from "./wire.ts";

/** Connects; the client gets the upstream's greeting. Where STARTTLS is required it gets one of ours instead, with the
 *  capabilities that the upstream has under TLS: its own greeting came in the clear, from whomever (P-13). */
export function beginFixed(wire: Wire, target: Target): void {
  new UpstreamOpening({
    wire,
    target,
    asksAfterTls: true,
    ready: (upstream) => opened(wire, upstream),
    failed: (failure) => failed(wire, failure),
    excluded: (rule) => new Passthrough(wire).begin(rule),
  }).begin();
}

function opened(wire: Wire, { peer, greeting, capabilities }: OpenUpstream): void {
  const line = greeting?.line ?? ownGreeting(capabilities);
  if (peer.exclusion !== undefined) {
    wire.toClient(line);
    new Passthrough(wire).begin(peer.exclusion);
    return;
  }
  wire.toClient(withoutAnnouncement(withoutHidden(line, wire.hiding)));
  new Relay(wire, greeting?.isPreauth ?? false).begin();
}

function failed(wire: Wire, { code, text, bye }: OpeningFailure): void {
  wire.report({ type: "refused", code: "upstream", detail: text });
  if (bye !== undefined) {
    wire.toClient(withoutAnnouncement(bye));
    wire.hasBye = true;
  }
  wire.end(text, code);
}

function ownGreeting(capabilities: Capabilities | undefined): Uint8Array {
  const code = capabilities === undefined ? "" : `[CAPABILITY ${[...capabilities.values()].join(" ")}] `;
  return fromLatin1(`* OK ${code}mailward ready\r\n`);
}

function withoutHidden(greeting: Uint8Array, hiding: Hiding): Uint8Array {
  const response = parseResponse(greeting);
  const list = response.type === "status" ? codeList(greeting, response.textStart) : undefined;
  return list === undefined ? greeting : hideCapabilities(greeting, list, hiding);
}
