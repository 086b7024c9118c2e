/** What the fields of an ICAP response say was found. They are in no RFC, but all scanners use some of them. */
import { remoteLimits } from "../../../core/scan-limits.ts";
import type { EngineFinding } from "../../engine.ts";

/** What is reported in words; empty when nothing is. */
export function icapFindings(fields: ReadonlyMap<string, string>): EngineFinding[] {
  const findings: EngineFinding[] = [];
  const infection = fields.get("x-infection-found");
  if (infection !== undefined) findings.push(infectionFinding(infection));
  for (const name of violationNames(fields.get("x-violations-found"))) findings.push({ name, kind: "malware" });
  const virus = fields.get("x-virus-id") ?? fields.get("x-virus-name");
  if (virus !== undefined && !/^no\b/i.test(virus)) findings.push({ name: virus, kind: "malware" });
  const named = new Map(findings.map((finding) => [finding.name, finding]));
  // The first field that names a thing also says what kind of thing it is.
  for (const finding of findings.toReversed()) named.set(finding.name, finding);
  return [...named.values()];
}

/** `Type=0; Resolution=2; Threat=Some.Name;`: type 0 is a virus, 1 a mail policy's and 2 a container's violation. */
function infectionFinding(value: string): EngineFinding {
  const type = /(?:^|[;\s])Type=(\d)/i.exec(value)?.[1] ?? "0";
  const name = /(?:^|[;\s])Threat=([^;\n]*)/i.exec(value)?.[1]?.trim() ?? "";
  return { name: name === "" ? "unnamed" : name, kind: type === "0" ? "malware" : "policy" };
}

/** A count, and four lines for each: the file, the name of what was found in it, a number, what was done. */
function violationNames(value: string | undefined): string[] {
  const [, ...lines] = (value ?? "").split("\n");
  const names: string[] = [];
  for (let index = 1; index < lines.length && names.length < remoteLimits.detections; index += LINES_OF_VIOLATION) {
    const name = lines[index]?.trim() ?? "";
    if (name !== "" && name !== "-") names.push(name);
  }
  return names;
}

const LINES_OF_VIOLATION = 4;
