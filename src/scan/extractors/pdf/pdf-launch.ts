/** Actions of a PDF document that start or fetch a program (ISO 32000-2 §12.6.4). */
import { extensionOf, nameFamily } from "../../engines/heuristics/file-extensions.ts";
import type { PlacedAction, PlacedString } from "./pdf-actions.ts";
import type { PdfObjects } from "./pdf-objects.ts";
import { isDictionary, isString, type PdfDictionary, type PdfValue, valuesOf } from "./pdf-value.ts";

/** `textOf` deciphers and decodes; undefined when that is not possible. Old documents launch other documents instead of
 *  linking to them: that is nothing. */
export function startsProgram(
  { kind, dictionary, object }: PlacedAction,
  objects: PdfObjects,
  textOf: (string: PlacedString) => string | undefined,
): boolean {
  const texts = (found: PdfDictionary, ...keys: string[]): (string | undefined)[] =>
    resolved(found, keys, objects)
      .filter(isString)
      .map((string) => textOf({ string, object }));
  switch (kind) {
    case "launch":
      return isLaunch(dictionary, objects, texts);
    case "go-to":
      return targets(dictionary, objects, texts).some((name) => name !== undefined && RUNS.has(extensionOf(name)));
    case "uri":
      return texts(dictionary, "URI").some((uri) => uri !== undefined && RUNS.has(extensionOf(pathOf(uri))));
    default:
      return kind satisfies never;
  }
}

type ReadTexts = (dictionary: PdfDictionary, ...keys: string[]) => (string | undefined)[];

function isLaunch(dictionary: PdfDictionary, objects: PdfObjects, texts: ReadTexts): boolean {
  const systems = resolved(dictionary, ["Win", "Unix", "Mac"], objects).filter(isDictionary);
  if (systems.some((system) => texts(system, "P").some((text) => text !== ""))) return true;
  const names = [...targets(dictionary, objects, texts), ...systems.flatMap((system) => texts(system, "F"))];
  if (names.length === 0) return systems.length > 0;
  return names.some((name) => {
    const family = name === undefined ? undefined : nameFamily(extensionOf(name));
    return family === undefined || RUNNING.has(family);
  });
}

/** The file that is launched or gone to: a name, or a specification with names. */
function targets(dictionary: PdfDictionary, objects: PdfObjects, texts: ReadTexts): (string | undefined)[] {
  const specifications = resolved(dictionary, ["F"], objects).filter(isDictionary);
  const names = specifications.flatMap((specification) => texts(specification, "F", "UF", "DOS", "Unix", "Mac"));
  return [...texts(dictionary, "F"), ...names];
}

function resolved(dictionary: PdfDictionary, keys: readonly string[], objects: PdfObjects): PdfValue[] {
  return valuesOf(dictionary, ...keys)
    .slice(0, MAX_VALUES)
    .flatMap((value) => objects.resolve(value));
}

/** The path of an address; empty when it has none or is none of a file. The name of a host ends like a program: .com */
function pathOf(uri: string): string {
  const [, scheme = "", rest = ""] = ADDRESS.exec(uri.slice(0, MAX_ADDRESS_CHARACTERS)) ?? [];
  if (scheme !== "" && !SCHEMES.has(scheme.toLowerCase())) return "";
  return rest.startsWith("//") ? rest.slice(2).replace(/^[^/]*/, "") : rest;
}

const ADDRESS = /^\s*(?:([a-z][a-z0-9+.-]*):)?([^?#]*)/i;
const SCHEMES: ReadonlySet<string> = new Set(["http", "https", "ftp", "file"]);
const MAX_ADDRESS_CHARACTERS = 2_000;
const MAX_VALUES = 8;
const RUNNING: ReadonlySet<string> = new Set(["executable", "script", "shortcut"]);
/** Only what nobody links to for reading: manuals link to scripts on pages that show them. */
const RUNS: ReadonlySet<string> = new Set(
  "exe scr pif msi cpl dll xll js jse vbs vbe wsf wsh sct hta lnk bat cmd ps1 settingcontent-ms appref-ms".split(" "),
);
