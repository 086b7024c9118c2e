/** What opens containers and decodes content that is inside other content. */
import type { ReasonCode } from "../../core/model.ts";
import type { Budget } from "../budget.ts";
import type { Content, Origin } from "../engine.ts";

/** Takes what an extractor finds, one after the other. */
export interface ExtractorSink {
  /** `name` comes from the wire; empty when the container has none. The octets are looked at before it returns. */
  entry(name: string, bytes: Buffer, origin?: Origin): void;
  /** Something that could not be looked at. `detail` names it. */
  reason(code: ReasonCode, detail: string): void;
}

/** Recognizes by content, never by name or type. Hostile content ends in entries and reasons; throwing is a fault
 *  of the extractor and counts as the reason `engine`. */
export interface Extractor {
  readonly name: string;
  matches(content: Content): boolean;
  extract(content: Content, sink: ExtractorSink, budget: Budget): void;
}
