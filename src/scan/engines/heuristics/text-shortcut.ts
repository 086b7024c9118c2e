/** Shortcuts that are text: of Windows, its settings and libraries, and of Linux desktops. Those that lead to a web page
 *  are harmless, and common in mail. */
import { utf16 } from "../../../core/bytes.ts";

export function isTextShortcut(bytes: Buffer): boolean {
  const head = bytes.subarray(0, SAMPLE_BYTES);
  const isWide = (head[0] === 0xff && head[1] === 0xfe) || (head[1] === 0 && head[3] === 0);
  const text = isWide ? utf16(head) : head.toString("latin1");
  return MARKS.some((marks) => marks.every((mark) => mark.test(text)));
}

/** All of a row. */
const MARKS: readonly (readonly RegExp[])[] = [
  [
    /^[^\n]{0,10}\[InternetShortcut\]/im,
    /^URL\s{0,8}=\s{0,8}(?:file:|\\\\|[^\r\n?#]{1,1000}\.(?:exe|scr|pif|hta|js|jse|vbs|vbe|wsf|lnk|bat|cmd|cpl|msi|jar)\s{0,8}\r?$)/im,
  ],
  [/^[^\n]{0,10}\[InternetShortcut\]/im, /^(?:IconFile|WorkingDirectory)\s{0,8}=\s{0,8}(?:file:|\\\\)/im],
  [/^\[Desktop Entry\]/m, /^Exec\s{0,8}=/m],
  [/<PCSettings\b/i, /<DeepLink\b/i],
  [/<(?:libraryDescription|searchConnectorDescription)\b/i, /<url>\s{0,40}(?:\\\\|file:|https?:)/i],
  [/^https?:[^\r\n]{1,1000}\.application\b/im],
];
const SAMPLE_BYTES = 8 * 1024;
