/** Values in the messages of failed tests. */
import { latin1 } from "../../src/core/bytes.ts";

/** Octets as people read them: one line, escapes for what is not printable. */
export function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === "object" && item !== null && "type" in item && item.type === "Buffer" && "data" in item) {
      return shorten(latin1(Uint8Array.from(item.data as number[])));
    }
    return item instanceof Uint8Array ? shorten(latin1(item)) : item;
  });
  return text ?? String(value);
}

function shorten(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 120)}…(${text.length} octets)…${text.slice(-60)}`;
}
