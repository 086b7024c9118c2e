/** Responses that the client gets as they come, before any verdict: delivery mode "observe". */
import type { SpoolId } from "../event.ts";
import { unquote } from "./astring.ts";
import type { Assembly, LineFragment, LiteralFragment } from "./fetch-assembly.ts";
import { FetchReader } from "./fetch-response.ts";
import type { Response } from "./response.ts";
import type { Wire } from "./wire.ts";

type DataResponse = Extract<Response, { type: "data" }>;

/** Hands a response on and spools a copy of every whole message in it, which is judged for people and not for the client.
 *  Pieces of messages are handed on unseen. */
export class PassedResponse implements Assembly {
  readonly #wire: Wire;
  readonly #response: DataResponse;
  /** Undefined for a response that is no FETCH, and from where on it can not be read. */
  #reader: FetchReader | undefined;
  #spool: SpoolId | undefined;

  constructor(wire: Wire, response: DataResponse, isFetch: boolean) {
    this.#wire = wire;
    this.#response = response;
    if (isFetch && response.number !== undefined) this.#reader = new FetchReader();
  }

  /** The first line. */
  begin(fragment: LineFragment): void {
    this.#line(fragment, this.#response.argumentsStart);
  }

  line(fragment: LineFragment): void {
    this.#line(fragment, 0);
  }

  literal({ bytes, remaining }: LiteralFragment): void {
    this.#wire.pass(bytes);
    if (this.#spool === undefined) return;
    this.#copy(this.#spool, bytes);
    if (remaining === 0) this.#endSpool();
  }

  /** Nothing more comes. What the client has of a message is judged. */
  abandon(): void {
    this.#wire.passing = undefined;
    this.#endSpool();
  }

  #line(fragment: LineFragment, start: number): void {
    const { bytes, literal } = fragment;
    this.#wire.pass(bytes);
    this.#wire.passing = literal === undefined ? undefined : this;
    if (this.#reader !== undefined) this.#read(this.#reader, fragment, start);
  }

  #read(reader: FetchReader, { bytes, literal }: LineFragment, start: number): void {
    const outcome = reader.read(bytes, start, literal?.start ?? bytes.length - 2, literal !== undefined);
    if (outcome !== "ok") this.#reader = undefined;
    for (const { kind, name, value, start: from, end } of reader.items) {
      // `BODY[]<0>` may be all of it or the first slice.
      if (kind !== "whole" || value === "nil" || name.endsWith(">")) continue;
      this.#beginSpool(reader.uid, literal?.bytes ?? end - from);
      if (value === "literal" || this.#spool === undefined) continue;
      this.#copy(this.#spool, unquote(bytes.subarray(from, end)));
      this.#endSpool();
    }
  }

  #beginSpool(uid: number | undefined, expectedBytes: number): void {
    const { name, number } = this.#response;
    const isUid = name === "UIDFETCH" || uid !== undefined;
    const label = isUid ? `UID ${uid ?? number}` : `message ${number}`;
    this.#spool = this.#wire.nextId();
    this.#wire.out.push({ type: "spool-begin", id: this.#spool, label, expectedBytes, isObserved: true });
  }

  #copy(id: SpoolId, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#wire.out.push({ type: "spool-bytes", id, bytes });
  }

  #endSpool(): void {
    const id = this.#spool;
    if (id === undefined) return;
    this.#spool = undefined;
    this.#wire.out.push({ type: "spool-end", id }, { type: "release", id });
  }
}
