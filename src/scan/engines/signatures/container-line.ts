/** Signatures of what containers hold (.cdb), one a line:
 *  `name:container:its size:file name:packed size:size:encrypted:position:CRC:reserved[:min[:max]]`. */
import { fileTypeNumber, isKnownFileType } from "./file-type.ts";
import type { NumberRange } from "./logical-line.ts";
import { compileRegex, type RegexProgram } from "./regex-program.ts";
import { parseRegex } from "./regex-syntax.ts";
import { isForThisLevel } from "./target-type.ts";

export interface ContainerSignature {
  readonly name: string;
  /** -1 for any. */
  readonly container: number;
  readonly containerSize: NumberRange | undefined;
  readonly fileName: RegexProgram | undefined;
  readonly size: NumberRange | undefined;
  readonly crc: number | undefined;
}

/** The signature; `skipped` when it is for other versions of ClamAV; else what is wrong with it. */
export function parseContainerLine(line: string): ContainerSignature | "skipped" | { readonly problem: string } {
  const fields = line.split(":");
  const [name = "", type = "", containerSize = "", regex = "", packed = "", size = ""] = fields;
  const [encrypted = "", position = "", crc = "", , min = "0", max = `${Number.MAX_SAFE_INTEGER}`] = fields.slice(6);
  if (fields.length < 10 || fields.length > 12) return { problem: "expected 10 to 12 fields" };
  if (!/^\d+$/.test(min) || !/^\d+$/.test(max)) return { problem: "the versions of ClamAV are no numbers" };
  if (!isForThisLevel(Number(min), Number(max))) return "skipped";
  if (type !== "*" && !isKnownFileType(type))
    return { problem: `files of type ${type.slice(0, 40)} are not told apart` };
  // Extractors hand on what they have unpacked, and nothing of how it was packed.
  if (packed !== "*") return { problem: "conditions on the packed size are not supported" };
  if (encrypted !== "*") return { problem: "conditions on encryption are not supported" };
  if (position !== "*") return { problem: "conditions on the position in the container are not supported" };
  const ranges = [containerSize, size].map(parseRange);
  if (ranges.includes(null)) return { problem: "a size is no number and no range" };
  const hasCrc = crc !== "*" && crc !== "0" && (type === "CL_TYPE_ZIP" || type === "CL_TYPE_RAR");
  if (hasCrc && !/^[\da-f]{1,8}$/i.test(crc)) return { problem: "the checksum is not hexadecimal" };
  const fileName = regex === "*" ? undefined : compileName(regex);
  if (typeof fileName === "string") return { problem: fileName };
  const found = {
    name,
    container: type === "*" ? -1 : fileTypeNumber(type),
    containerSize: ranges[0] ?? undefined,
    fileName,
    size: ranges[1] ?? undefined,
    crc: hasCrc ? Number.parseInt(crc, 16) : undefined,
  };
  const isAny = fileName === undefined && !hasCrc && ranges.every((range) => range === undefined);
  return isAny ? { problem: "it is of every file" } : found;
}

function compileName(text: string): RegexProgram | string {
  const node = parseRegex(text);
  return typeof node === "string" ? node : compileRegex(node);
}

/** Undefined for any, null for none. */
function parseRange(text: string): NumberRange | undefined | null {
  if (text === "*") return undefined;
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text);
  if (match === null) return null;
  const min = Number(match[1]);
  return { min, max: match[2] === undefined ? min : Number(match[2]) };
}
