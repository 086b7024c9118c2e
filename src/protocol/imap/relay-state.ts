/** Where the client's side of a relayed dialogue stands. */
import type { FetchRequest } from "./fetch-request.ts";
import type { FoldedCommand } from "./folded-command.ts";
import type { PendingCommand } from "./pending-commands.ts";
import type { Translation } from "./translation.ts";
import type { Upload } from "./upload.ts";

/** What the upstream is asked for when it asks for more. */
export type Awaited = "literal" | "authenticate" | "idle" | "compression";

export type RelayState =
  | { readonly type: "command" }
  /** In the middle of a command that passes. */
  | { readonly type: "passing"; readonly command: PendingCommand }
  | { readonly type: "discarding"; readonly reply: Buffer }
  /** In the middle of a command that is made one line. */
  | { readonly type: "folding"; readonly tag: string; readonly command: FoldedCommand }
  | { readonly type: "uploading"; readonly upload: Upload }
  /** The upstream has to say whether it wants what comes next. */
  | {
      readonly type: "awaiting";
      readonly what: Awaited;
      readonly command: PendingCommand;
      /** Until the account is known: what it will be read from. */
      readonly mechanism: string;
    }
  /** It does: the client's next line. */
  | {
      readonly type: "text";
      readonly what: Awaited;
      readonly command: PendingCommand;
      readonly mechanism: string;
    }
  | { readonly type: "barrier"; readonly tag: string; readonly isUid: boolean; readonly request: FetchRequest }
  | { readonly type: "translating"; readonly command: PendingCommand; readonly translation: Translation }
  | { readonly type: "compressing"; readonly tag: string; readonly line: Uint8Array };

/** In these, nothing that the client has begun is open. */
export const FINISHED: ReadonlySet<RelayState["type"]> = new Set([
  "command",
  "translating",
  "barrier",
  "compressing",
  "folding",
  "uploading",
]);
