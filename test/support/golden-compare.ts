/** What a client has got in a replay, beside what the server of the dialogue has said. */
import type { GoldenReplay } from "./golden-replay.ts";
import { canonical, withoutHidden } from "./golden-response.ts";

/** What a client has got, each response by itself; completions of what was asked for in other words without their text. */
export function compared(replayed: GoldenReplay): { got: string[]; wanted: string[] } {
  const reworded = new Set(replayed.expected.filter(({ isExact }) => !isExact).map(({ tag }) => tag));
  const shown = (responses: string[]) =>
    responses.map((response) => {
      const [tag = "", status = ""] = response.split(" ");
      return reworded.has(tag) ? `${tag} ${status}` : withoutHidden(response);
    });
  const octets = Buffer.concat(replayed.expected.map((response) => response.octets));
  return { got: shown(canonical(Buffer.concat(replayed.run.sent.client))), wanted: shown(canonical(octets)) };
}

/** Before the data of a command that came in the same segment, or behind it: that changes when the command waits. */
export function isCompletion(response: string): boolean {
  return !/^[*+]/.test(response);
}

/** One octet at a time where that is bearable: in what is said, and at both ends of long messages. */
export function* octetByOctet(bytes: Buffer): Generator<Buffer> {
  const isLong = bytes.length > 6_000;
  for (let at = 0; at < bytes.length; ) {
    const isInside = isLong && at >= 3_000 && bytes.length - at > 3_000;
    const end = isInside ? Math.min(bytes.length - 3_000, at + 977) : at + 1;
    yield bytes.subarray(at, end);
    at = end;
  }
}
