/** Files that run when they are opened: what a document has no reason to carry. By content, because packages hide it
 *  behind other names; by name only for scripts, which are plain text. */
import { latin1 } from "../../../core/bytes.ts";

/** Whether opening the file runs something: a program, a shortcut, an installer, a script. */
export function isDangerousFile(bytes: Buffer, name: string): boolean {
  if (bytes.length < 4) return false;
  return MAGICS.some((magic) => bytes.subarray(0, magic.length).equals(magic)) || isScript(bytes, name);
}

function isScript(bytes: Buffer, name: string): boolean {
  const head = latin1(bytes, 0, HEAD_BYTES);
  const text = head.includes("\0") ? head.replaceAll("\0", "") : head;
  return SCRIPT_NAME.test(name) || SCRIPT_TEXT.test(text);
}

const MAGICS = [
  Buffer.from("MZ", "latin1"),
  Buffer.from("\x7fELF", "latin1"),
  Buffer.from("#!/", "latin1"),
  Buffer.from("4c0000000114020000000000c000000000000046", "hex"),
];
const HEAD_BYTES = 4096;
const SCRIPT_NAME =
  /\.(?:exe|com|scr|pif|bat|cmd|ps1|psm1|vbs|vbe|js|jse|wsf|wsh|wsc|sct|hta|lnk|msi|msp|jar|cpl|dll|chm|reg|inf|url|settingcontent-ms|appref-ms|xll|iqy|slk)[\s.]*$/i;
const SCRIPT_TEXT =
  /^\s*@?echo off\b|<script\b|<hta:application|<job\b|<scriptlet\b|\bCreateObject\s*\(|\bActiveXObject\s*\(|\bGetObject\s*\(\s*["']winmgmts|\bInvoke-(?:Expression|WebRequest)\b|\bNew-Object\s+(?:-\w+\s+)?(?:System\.)?Net\.WebClient|\bpowershell(?:\.exe)?\s+[-/]|^\s*#@~\^/i;
