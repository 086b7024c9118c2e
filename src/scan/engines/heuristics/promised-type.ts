/** What the name of a file and its declared type promise, against what it is. */
import type { Content } from "../../engine.ts";
import type { ActiveContent } from "./active-content.ts";
import { extensionOf, type NameFamily, nameFamily } from "./file-extensions.ts";
import type { Identified } from "./identify-content.ts";

/** Whether what runs comes as something that people only look at. Scripts must show by themselves that they are: under
 *  the name of a text they are no disguise, for people send each other code that way. */
export function isPromisedHarmless(content: Content, active: ActiveContent): boolean {
  const isCode = active.family === "script";
  if (isCode && !active.isSure) return false;
  const family = nameFamily(ownExtension(content));
  switch (family) {
    case "document":
    case "picture":
    case "media":
      return true;
    case "text":
      return !isCode;
    case "executable":
    case "script":
    case "shortcut":
      return !isCode && declaredFamily(content) !== undefined;
    case "archive":
    case undefined:
      return declaredFamily(content) !== undefined;
    default:
      return family satisfies never;
  }
}

/** Whether a name or type is that of another kind of file than the content. */
export function isTypeMismatch(content: Content, identified: Identified): boolean {
  const { family } = identified;
  const isOf = (promised: NameFamily | undefined): boolean =>
    promised === undefined || !COMPARED.has(promised) || promised === family || isVariant(promised, identified);
  return !isOf(nameFamily(ownExtension(content))) || !isOf(declaredFamily(content));
}

/** Documents of many programs are archives inside, and disk images have names of archives. */
function isVariant(promised: NameFamily, { family }: Identified): boolean {
  if (promised === "document") return family === "archive" || family === "onenote";
  if (promised === "archive") return family === "disk-image" || family === "document";
  return false;
}

/** Text that something was decoded from has a name of its own, which says nothing about what comes out. */
function ownExtension({ name, container }: Content): string {
  return container !== undefined && DECODERS.has(container) ? "" : extensionOf(name);
}

/** The family of a declared type that is none to run. */
export function declaredFamily({ type = "" }: Content): "document" | "picture" | "media" | undefined {
  if (type.startsWith("image/")) return "picture";
  if (type.startsWith("audio/") || type.startsWith("video/")) return "media";
  return DOCUMENT_TYPE.test(type) ? "document" : undefined;
}

const COMPARED: ReadonlySet<NameFamily> = new Set(["document", "picture", "media", "archive"]);
const DOCUMENT_TYPE =
  /^application\/(?:pdf|x-pdf|msword|rtf|vnd\.ms-(?:excel|powerpoint|word)|vnd\.openxmlformats|vnd\.oasis\.opendocument)/;
const DECODERS: ReadonlySet<string> = new Set([
  "base64",
  "uuencode",
  "yenc",
  "binhex",
  "quoted-printable",
  "utf-16",
  "charset",
  "ascii85",
  "hex-dump",
  "numbers",
  "rendered-text",
  "html",
  "script",
  "calendar",
]);
