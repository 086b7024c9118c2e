/** Classes of controls that run what a document gives them: script in forms, files and pages in a shell window. Nobody
 *  embeds them but to run it; the web browser control of honest presentations is another class. */

/** Whether the class, in registry order without braces, is one of them. */
export function isScriptingClass(classId: string): boolean {
  return CLASSES.has(classId.toUpperCase());
}

const CLASSES: ReadonlySet<string> = new Set([
  // Shell.Explorer.1
  "EAB22AC3-30C1-11CF-A7EB-0000C05BAE0B",
  // htmlfile, Scriptlet, its moniker and component, ScriptBridge
  "25336920-03F9-11CF-8FD0-00AA00686F13",
  "06290BD0-48AA-11D2-8432-006008C3FBFC",
  "06290BD3-48AA-11D2-8432-006008C3FBFC",
  "06290BD5-48AA-11D2-8432-006008C3FBFC",
  "AE24FDAE-03C6-11D1-8B76-0080C744F389",
  // ScriptControl, Windows Script Host
  "0E59F1D5-1FBE-11D0-8FF2-00A0D10038BC",
  "72C24DD5-D70A-438B-8A42-98424B88AFB8",
  "F935DC22-1CF0-11D0-ADB9-00C04FD58A0B",
]);
