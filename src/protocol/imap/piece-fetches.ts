/** FETCHes of pieces of messages: what the upstream is asked for instead, and what needs no upstream. */
import { fromLatin1 } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import { contentItems, type FetchRequest, fetchPlan } from "./fetch-request.ts";
import type { Copy } from "./judged-copies.ts";
import { newPendingCommand, type PendingCommand, type PendingCommands } from "./pending-commands.ts";
import { taggedReply } from "./reply.ts";
import { SequenceSet } from "./sequence-set.ts";
import {
  buildRestRequest,
  buildUidRequest,
  buildWholeRequest,
  buildWithoutPreviews,
  isPreview,
  localItems,
  type Translation,
} from "./translation.ts";
import type { Wire } from "./wire.ts";

export class PieceFetches {
  readonly #wire: Wire;
  readonly #pending: PendingCommands;
  #localAnswers = 0;

  constructor(wire: Wire, pending: PendingCommands) {
    this.#wire = wire;
    this.#pending = pending;
  }

  /** True for header lines of a message that was replaced: they are those of the replacement. */
  isReplaced(isUid: boolean, request: FetchRequest): boolean {
    if (contentItems(request).length === 0) return false;
    const { copies, mailbox } = this.#wire;
    const { sequenceSet } = request;
    if (copies.find(isUid, sequenceSet)?.delivered.isOriginal === false) return true;
    if (!/^[1-9][0-9]*$/.test(sequenceSet)) return false;
    const number = Number(sequenceSet);
    const message = isUid ? { sequence: undefined, uid: number } : { sequence: number, uid: undefined };
    return mailbox.current.find(message) !== undefined && !isWhole(request);
  }

  /** What the upstream is asked, where that is not what the client has said. */
  forwarded(tag: string, isUid: boolean, request: FetchRequest): Buffer | undefined {
    return this.#wire.mailbox.current.needsUids ? buildUidRequest(tag, isUid, request) : undefined;
  }

  /** Answers the client, or asks the upstream: then this is what is under way. No other command is. */
  begin(
    tag: string,
    isUid: boolean,
    request: FetchRequest,
  ): { command: PendingCommand; translation: Translation } | undefined {
    const { copies } = this.#wire;
    const { sequenceSet } = request;
    const copy = copies.find(isUid, sequenceSet);
    if (copy !== undefined && this.#answer(tag, isUid, request, copy)) return undefined;
    const command = this.#pending.add(tag, "FETCH", isUid, sequenceSet);
    const source = sourceOf(request, copy);
    if (copy !== undefined) copies.use(copy);
    this.#wire.toUpstream(BUILDERS[source.type](tag, isUid, request));
    const content = contentItems(request);
    const items = source.type === "none" ? content.filter(isPreview) : content;
    return {
      command,
      translation: { items, source, isUid, sequenceSet, numbers: new SequenceSet(sequenceSet) },
    };
  }

  /** Where the upstream has nothing to say. It is asked all the same now and then, because it ends connections on which it
   *  hears nothing; then, and where it has something to say, this is false. */
  #answer(tag: string, isUid: boolean, request: FetchRequest, copy: Copy): boolean {
    const { responses, copies } = this.#wire;
    const { sequence, uid } = copy;
    const items = localItems(isUid, request, copy);
    if (sequence === undefined || items === undefined) return false;
    this.#localAnswers += 1;
    if (this.#localAnswers % protocolLimits.localAnswers === 0) return false;
    const command = newPendingCommand(tag, "FETCH", isUid, request.sequenceSet);
    const response = responses.open();
    response.pieces.push({ type: "bytes", bytes: fromLatin1(`* ${sequence} FETCH (${items}`) });
    responses.addCopy(response, copy, contentItems(request));
    response.pieces.push({ type: "bytes", bytes: CLOSING });
    responses.place(response, { sequence, uid }, [command]);
    responses.complete(command, taggedReply(tag, "OK", "FETCH completed"), "OK");
    copies.use(copy);
    copies.done();
    return true;
  }
}

/** The whole message is judged anyway. */
function isWhole(request: FetchRequest): boolean {
  return contentItems(request).every(
    ({ what }) => what.type === "section" && what.section.path.length === 0 && what.section.what === "all",
  );
}

function sourceOf(request: FetchRequest, copy: Copy | undefined): Translation["source"] {
  if (copy !== undefined) return { type: "copy", copy };
  return { type: fetchPlan(request) === "preview" ? "none" : "whole" };
}

const BUILDERS = { whole: buildWholeRequest, copy: buildRestRequest, none: buildWithoutPreviews };
const CLOSING = fromLatin1(")\r\n");
