/** What judges content in another program, over a socket. Asked by the main thread of the scan service, which sends
 *  octets away and never looks into them. */
import type { Detection, DetectionKind } from "../../core/model.ts";

/** Where octets are in a message; as in a `Detection`. */
export interface RemotePlace {
  readonly part: string;
  readonly path: readonly string[];
}

/** Octets that are a file, and every place in the message where they are. */
export interface RemotePiece {
  readonly places: readonly RemotePlace[];
  readonly bytes: Buffer;
}

/** A message as it stands, and what is in it besides. */
export interface RemoteMessage {
  readonly bytes: Buffer;
  readonly pieces: readonly RemotePiece[];
  /** There was more than is handed on. */
  readonly isCut: boolean;
}

/** Takes what an engine says, as it says it: what was said before an engine failed counts. */
export interface RemoteSink {
  detection(places: readonly RemotePlace[], name: string, kind: DetectionKind): void;
  /** Something that the engine did not look at in full. */
  incomplete(places: readonly RemotePlace[], detail: string): void;
}

export interface RemoteEngine {
  readonly name: Detection["engine"];
  /** Has the message and its pieces judged; no more of them at a time than there are connections. Rejects when the
   *  engine can not be reached, breaks off, or says what it must not say. */
  ask(message: RemoteMessage, sink: RemoteSink, signal: AbortSignal): Promise<void>;
  /** Whether it works at all: it is reached, and comes to an end with a small harmless content. Rejects when not. */
  probe(signal: AbortSignal): Promise<void>;
  /** Ends the connections that are kept. */
  close(): void;
}

/** What an engine that works says something of at once. */
export const PROBE_CONTENT = Buffer.from("Subject: probe\r\n\r\nIs anybody there?\r\n");

/** The place of a message as a whole. */
export const WHOLE_MESSAGE: readonly RemotePlace[] = [{ part: "", path: [] }];

/** The pieces of a message and itself in the order in which they are sent: what makes an engine's own reading of mail
 *  stumble comes last, when the pieces have been judged. */
export function remoteItems(message: RemoteMessage): readonly RemotePiece[] {
  return [...message.pieces, { places: WHOLE_MESSAGE, bytes: message.bytes }];
}
