/** Content that does something when it is opened. */
import type { Content } from "../../engine.ts";
import { extensionOf, type NameFamily, nameFamily } from "./file-extensions.ts";
import type { Identified } from "./identify-content.ts";
import { isInstallerProgram } from "./installer-program.ts";
import { declaredFamily } from "./promised-type.ts";
import { scriptFormat, sureScriptFormat } from "./script-format.ts";
import { isTextShortcut } from "./text-shortcut.ts";

export interface ActiveContent {
  readonly family: "executable" | "installer" | "script" | "shortcut";
  /** The content alone tells, whatever the name. */
  readonly isSure: boolean;
  readonly isInstaller: boolean;
}

/** Undefined for everything that people only look at. `identified` is what the content's magic says. Texts are looked at
 *  where a name, a type or a container makes it matter what they are, and with `seeksScripts` in every file. */
export function identifyActive(
  content: Content,
  identified: Identified | undefined,
  seeksScripts: boolean,
): ActiveContent | undefined {
  const { bytes, name } = content;
  switch (identified?.family) {
    case "executable":
      return { family: "executable", isSure: true, isInstaller: isInstallerProgram(bytes) };
    case "installer":
    case "script":
    case "shortcut":
      return { family: identified.family, isSure: true, isInstaller: false };
    case undefined:
      break;
    default:
      return undefined;
  }
  const family = nameFamily(extensionOf(name));
  if (family === "shortcut") {
    return isTextShortcut(bytes) ? { family, isSure: false, isInstaller: false } : undefined;
  }
  if (!mattersAsScript(content, family) && !(seeksScripts && isFile(content))) return undefined;
  if (scriptFormat(bytes, name) === undefined) return undefined;
  return { family: "script", isSure: sureScriptFormat(bytes) !== undefined, isInstaller: false };
}

function mattersAsScript(content: Content, family: NameFamily | undefined): boolean {
  if (content.isOnDiskImage === true || content.container === "onenote") return true;
  return (family !== undefined && family !== "text" && family !== "archive") || declaredFamily(content) !== undefined;
}

/** The words of a mail are no file, whatever they speak of. */
function isFile({ name, container, origin, type = "text/plain" }: Content): boolean {
  return name !== "" || container !== undefined || (origin === "decoded" && !type.startsWith("text/"));
}
