/** What judges content. An engine sees every piece that the scanner makes of a message; how a piece was found is not
 *  its concern. */
import type { DetectionKind } from "../core/model.ts";

/** Where a piece comes from: a `message` as a whole; the `header` of an entity; `text` as it stands in the message;
 *  `quoted` text, whose quoted-printable decoding is a piece too; text that is plainly `encoded`, whose content is all
 *  in another piece; the `decoded` content of a part; an `entry` of a container. */
export type Origin = "message" | "header" | "text" | "quoted" | "encoded" | "decoded" | "entry";

export interface Content {
  readonly bytes: Buffer;
  readonly origin: Origin;
  /** The innermost file name, from the wire; empty when there is none. */
  readonly name: string;
}

export interface EngineFinding {
  readonly name: string;
  readonly kind: DetectionKind;
}

/** Synchronous and without side effects: the same content, the same findings. Throwing is a fault of the engine:
 *  the verdict is then `incomplete` with the reason `engine`. */
export interface Engine {
  readonly name: string;
  inspect(content: Content): readonly EngineFinding[];
}
