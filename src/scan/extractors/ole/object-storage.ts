/** Objects embedded in documents: packages with files in them, links to elsewhere, formulas. */

import { utf16 } from "../../../core/bytes.ts";
import { isActiveScheme, isRemoteTarget } from "../office/remote-target.ts";
import type { CompoundContents, Storage } from "./compound-contents.ts";
import type { CompoundEntry } from "./compound-directory.ts";
import { isEquationClass, isHostileEquation } from "./equation.ts";
import { handOnPackage, nativeData, readPackage } from "./package-object.ts";
import { isScriptingClass } from "./scripting-class.ts";

/** Looks at the streams that an object has; the result are those whose octets were handed on. */
export function readObjectStorage(storage: Storage, contents: CompoundContents): CompoundEntry[] {
  const { sink } = contents;
  if (isScriptingClass(storage.classId)) sink.heuristic("embedded-executable");
  const isEquation = isEquationClass(storage.classId);
  const equation = storage.streams.get("equation native");
  if (equation !== undefined && isAttack(equation, contents)) sink.heuristic("equation-editor");
  if (pointsElsewhere(contents.read(storage.streams.get("ole")))) sink.heuristic("external-template");
  const native = storage.streams.get("ole10native");
  if (native === undefined) return [];
  const data = nativeData(contents.read(native));
  if (isEquation && isHostileEquation(data)) sink.heuristic("equation-editor");
  const file = readPackage(data);
  if (file === undefined) {
    sink.entry(contents.pathOf(native), data);
    return [native];
  }
  handOnPackage(file, data, contents.pathOf(native), sink);
  return [native];
}

/** Windows does not care how the name is written, and nothing but an attack writes it otherwise. */
function isAttack(entry: CompoundEntry, contents: CompoundContents): boolean {
  return entry.name !== "Equation Native" || isHostileEquation(contents.read(entry));
}

/** Whether the moniker in an object's `\x01Ole` stream is a web address, a script or a path of a foreign host. */
function pointsElsewhere(stream: Buffer): boolean {
  if (stream.indexOf(SCRIPT_MONIKER) >= 0) return true;
  const found = stream.indexOf(URL_MONIKER);
  if (found < 0) return false;
  const start = found + URL_MONIKER.length + 4;
  const target = utf16(stream, start, start + MAX_TARGET_BYTES).split("\0", 1)[0] ?? "";
  return isRemoteTarget(target) || isActiveScheme(target);
}

const MAX_TARGET_BYTES = 4096;
/** {79EAC9E0-BAF9-11CE-8C82-00AA004BA90B}, {06290BD3-48AA-11D2-8432-006008C3FBFC} */
const URL_MONIKER = Buffer.from("e0c9ea79f9bace118c8200aa004ba90b", "hex");
const SCRIPT_MONIKER = Buffer.from("d30b2906aa48d2118432006008c3fbfc", "hex");
