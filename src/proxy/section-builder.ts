/** Cuts the items of an IMAP FETCH out of one judged message, as the scan service says where they are. */
import { NUL, view } from "../core/bytes.ts";
import { errorText } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";
import { sectionLimits } from "../core/section-limits.ts";
import { findPart, resolveSection } from "../mime/sections/resolve-section.ts";
import type { SectionMap } from "../mime/sections/section-map.ts";
import type { ItemRequest } from "../protocol/command.ts";
import type { BuiltItem } from "../protocol/event.ts";
import type { MessageSource } from "../scan/judge.ts";
import type { SectionService } from "../scan/sections.ts";
import { HeldMessage } from "./held-message.ts";
import type { SpoolStore } from "./spool-store.ts";

export interface SectionBuilderOptions {
  readonly service: SectionService;
  readonly store: SpoolStore;
  readonly message: HeldMessage;
  readonly signal: AbortSignal;
}

/** One per message. What it has decoded is kept until dispose(). */
export class SectionBuilder {
  readonly #options: SectionBuilderOptions;
  readonly #decoded: HeldMessage[] = [];
  readonly #known = new Map<string, Promise<BuiltItem>>();
  #map: Promise<SectionMap> | undefined;
  #isDisposed = false;

  constructor(options: SectionBuilderOptions) {
    this.#options = options;
  }

  /** Never rejects: what can not be had is `failed`. */
  build(items: readonly ItemRequest[]): Promise<BuiltItem[]> {
    const left = { fields: sectionLimits.fieldsInAnswer, most: undefined };
    return Promise.all(
      items.map((item) =>
        this.#item(item, left).catch(
          (error: unknown): BuiltItem => ({
            type: "failed",
            detail: sanitize(errorText(error), MAX_DETAIL_CHARACTERS),
          }),
        ),
      ),
    );
  }

  /** What was decoded under this number. */
  decoded(number: number): HeldMessage {
    const message = this.#decoded[number];
    if (message === undefined) throw new Error(`the session names a part that is not decoded: ${number}`);
    return message;
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const message of this.#decoded) message.release();
  }

  async #item(item: ItemRequest, left: FieldsLeft): Promise<BuiltItem> {
    const { service, message, signal } = this.#options;
    switch (item.type) {
      case "section": {
        const map = await this.#sectionMap();
        if (item.section.names.length > 0) {
          // A command has room for thousands of such items, each with as many ranges as the header has fields.
          left.most ??= map.parts.reduce((fields, part) => Math.max(fields, part.fields.length), 0);
          if (left.fields < left.most) return TOO_MANY_FIELDS;
          left.fields -= left.most;
        }
        const ranges = resolveSection(map, item.section);
        if (ranges === undefined) return TOO_MANY_PARTS;
        return { type: "ranges", ranges };
      }
      case "binary":
        return await this.#once(`binary ${item.path.join(".")}`, () => this.#decode(item.path));
      case "preview":
        return await this.#once("preview", async () => {
          const text = await service.preview(message.delivered(0, message.deliveredBytes), signal);
          return { type: "text", text };
        });
      default:
        return item satisfies never;
    }
  }

  async #decode(path: readonly number[]): Promise<BuiltItem> {
    const { service, store, message, signal } = this.#options;
    if (path.length === 0) return await this.#asItIs(0, message.deliveredBytes);
    const map = await this.#sectionMap();
    if (map.isCut) return TOO_MANY_PARTS;
    const part = findPart(map, path);
    if (part === undefined) return { type: "none" };
    const { bodyStart, end, encoding } = part;
    if (encoding === "unknown") return { type: "unknown-encoding" };
    if (encoding === "identity") return await this.#asItIs(bodyStart, end);
    const source = message.delivered(bodyStart, end);
    const bytes = await service.decodePart(source, encoding, signal);
    const decoded = new HeldMessage(store, () => {});
    decoded.append(bytes);
    try {
      await decoded.finish();
    } catch (error) {
      decoded.release();
      throw error;
    }
    if (this.#isDisposed) decoded.release();
    else this.#decoded.push(decoded);
    return {
      type: "decoded",
      decoded: this.#decoded.length - 1,
      bytes: bytes.length,
      hasNul: view(bytes).includes(NUL),
    };
  }

  async #asItIs(start: number, end: number): Promise<BuiltItem> {
    return {
      type: "ranges",
      ranges: [{ start, end }],
      hasNul: await hasNul(this.#options.message.delivered(start, end)),
    };
  }

  /** Clients ask for the same part again, a piece further on. */
  #once(key: string, build: () => Promise<BuiltItem>): Promise<BuiltItem> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const built = build();
    this.#known.set(key, built);
    built.catch(() => this.#known.delete(key));
    return built;
  }

  #sectionMap(): Promise<SectionMap> {
    const { service, message, signal } = this.#options;
    this.#map ??= service.sectionMap(message.delivered(0, message.deliveredBytes), signal).catch((error: unknown) => {
      this.#map = undefined;
      throw error;
    });
    return this.#map;
  }
}

interface FieldsLeft {
  fields: number;
  /** Of one part of the message. */
  most: number | undefined;
}

async function hasNul(source: MessageSource): Promise<boolean> {
  for await (const bytes of source.chunks()) if (view(bytes).includes(NUL)) return true;
  return false;
}

const TOO_MANY_PARTS: BuiltItem = { type: "failed", detail: "the message has too many parts" };
const TOO_MANY_FIELDS: BuiltItem = {
  type: "failed",
  detail: "the header has too many fields to be asked for so often",
};
const MAX_DETAIL_CHARACTERS = 200;
