/** What opens containers and decodes content that is inside other content. */
import type { HeuristicName } from "../../core/heuristics.ts";
import type { ReasonCode, RemarkKind } from "../../core/model.ts";
import type { Budget } from "../budget.ts";
import type { Content, Origin } from "../engine.ts";
import type { OctetSurvey } from "./octet-survey.ts";

/** Takes what an extractor finds, one after the other. */
export interface ExtractorSink {
  /** `name` comes from the wire; empty when the container has none; so does `charset`, which is absent unless the content
   *  is a part of a message. The octets are looked at before it returns. */
  entry(name: string, bytes: Buffer, origin?: Origin, charset?: string): void;
  /** Something that could not be looked at. `detail` names it. */
  reason(code: ReasonCode, detail: string): void;
  /** Something suspicious about the container itself or about the entry of that name in it; dropped when the user has
   *  switched that heuristic off. */
  heuristic(heuristic: HeuristicName, entryName?: string): void;
  /** Something worth telling that does not change the verdict. */
  remark(kind: RemarkKind, detail: string): void;
  /** Words that may open what is encrypted, the likeliest first: of the message itself and of the user's list. */
  passwords(): readonly string[];
  /** Whether the message itself says the word, and not only the user's list. */
  isWordOfMessage(word: string): boolean;
}

/** Recognizes by content, never by name or type. Hostile content ends in entries and reasons; throwing is a fault
 *  of the extractor and counts as the reason `engine`. */
export interface Extractor {
  readonly name: string;
  /** What it opens is one file packed, not several put together: a .tar.gz is little deeper than a .tar. */
  readonly isLayer?: boolean;
  /** False only where `matches` is: told from what a survey of the octets has found. */
  mayMatch?(survey: OctetSurvey, content: Content): boolean;
  matches(content: Content): boolean;
  extract(content: Content, sink: ExtractorSink, budget: Budget): void;
}
