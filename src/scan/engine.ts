/** What judges content. An engine sees every piece that the scanner makes of a message; how a piece was found is not
 *  its concern. */
import type { DetectionKind } from "../core/model.ts";

/** Where a piece comes from: a `message` as a whole; the `header` of an entity; `text` as it stands in the message;
 *  `quoted` text, whose quoted-printable decoding is a piece too; text that is plainly `encoded`, whose content is all
 *  in another piece; the `decoded` content of a part; an `entry` of a container; what is `drawn` from a container and
 *  never a file of its own: text of pages, fonts, pictures. */
export type Origin = "message" | "header" | "text" | "quoted" | "encoded" | "decoded" | "entry" | "drawn";

export interface Content {
  readonly bytes: Buffer;
  readonly origin: Origin;
  /** The innermost file name, from the wire; empty when there is none. */
  readonly name: string;
  /** `type/subtype` that the MIME part declares, in lower case; absent inside containers. */
  readonly type?: string;
  /** The charset that the MIME part declares; empty or absent when it declares none. */
  readonly charset?: string;
  /** Name of the extractor that it comes out of; absent for what is the message's own. */
  readonly container?: string;
  /** It comes out of a disk image, at whatever depth: systems do not mark such files as coming from elsewhere. */
  readonly isOnDiskImage?: boolean;
  /** The volumes that follow it, when it is the first of several. */
  readonly volumes?: readonly Buffer[];
  /** What it comes out of: the content of a container, or the message. */
  readonly parent?: Content;
}

/** Content and where in the message it is. */
export interface Piece {
  readonly content: Content;
  readonly part: string;
  readonly path: readonly string[];
}

export interface EngineFinding {
  readonly name: string;
  readonly kind: DetectionKind;
}

/** Synchronous and without side effects: the same content, the same findings. Throwing is a fault of the engine:
 *  the verdict is then `incomplete` with the reason `engine`. */
export interface Engine {
  readonly name: string;
  inspect(content: Content, notes?: EngineNotes): readonly EngineFinding[];
}

/** What an engine has to say besides its findings. */
export interface EngineNotes {
  /** It has not looked at all of the content; a line for people. */
  incomplete(detail: string): void;
  /** Around other content, it would find something else: what it says here counts for no other message. */
  dependsOnParent(): void;
}

/** What judges all pieces of a message together, because a call costs much. Otherwise as an `Engine`; what it finds
 *  before it throws counts. */
export interface MessageEngine {
  readonly name: string;
  inspectMessage(pieces: readonly Piece[]): Iterable<MessageFinding>;
}

/** `piece` is the index of the one that the finding is in; `about` is what is to be told with it. */
export interface MessageFinding extends EngineFinding {
  readonly piece: number;
  readonly about?: string;
}
