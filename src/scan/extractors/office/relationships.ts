/** What the parts of an Office package point to outside of it (ECMA-376 part 2, 6.5): templates, objects and frames that
 *  are fetched when the document is opened. Links that a reader has to click, and linked pictures, are honest. */
import type { ExtractorSink } from "../extractor.ts";
import { isActiveScheme, isRemoteTarget } from "./remote-target.ts";
import { findTags } from "./xml-tags.ts";

export function readRelationships(text: string, sink: ExtractorSink): void {
  for (const { attributes } of findTags(text, "Relationship")) {
    const target = attributes.get("Target") ?? "";
    const type = attributes.get("Type") ?? "";
    const kind = type.slice(type.lastIndexOf("/") + 1);
    if (FETCHED.has(kind.toLowerCase()) && isRemoteTarget(target)) sink.heuristic("external-template");
    // A template or picture in an active scheme is an attack; so is a link to one.
    if (isActiveScheme(target) && !/^javascript:/i.test(target)) sink.heuristic("external-template");
    if (attributes.get("TargetMode")?.toLowerCase() === "external" && isCommand(target)) sink.heuristic("dde");
  }
}

/** A program with arguments instead of an address: PowerPoint runs it when the pointer touches the link. */
function isCommand(target: string): boolean {
  return COMMAND.test(target.slice(0, MAX_CHARACTERS).replaceAll("%20", " ").replaceAll("%22", '"'));
}

const MAX_CHARACTERS = 4096;
const COMMAND =
  /^(?:file:)?[\\/"]{0,5}(?:[a-z]:|%\w{1,30}%)?[^\s"]{0,300}?(?:^|[\\/"])(?:cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|certutil|bitsadmin|msiexec)(?:\.exe)?["\s]+\S/i;
const FETCHED = new Set([
  "attachedtemplate",
  "oleobject",
  "frame",
  "subdocument",
  "afchunk",
  "control",
  "package",
  "externallink",
  "vbaproject",
]);
