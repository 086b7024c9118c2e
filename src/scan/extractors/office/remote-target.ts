/** What a document, link or shortcut points to: whether it is fetched from elsewhere, and whether it starts a program.
 *
 *  False positives: paths on file servers are everywhere in honest documents (templates, linked sheets), so a path
 *  counts only when its host is a public address or is reached by WebDAV; a web address counts always. */

/** Whether opening the target loads it from a host that the sender chose. */
export function isRemoteTarget(target: string): boolean {
  const text = plain(target);
  return WEB.test(text) || FOREIGN_PATH.test(text);
}

/** Whether the target is a scheme that Windows hands to a program with the sender's arguments. */
export function isActiveScheme(target: string): boolean {
  return ACTIVE_SCHEME.test(plain(target));
}

/** Whether the text calls a program that runs what it is told: shells, script hosts, downloaders. */
export function callsInterpreter(text: string): boolean {
  return INTERPRETER.test(text.replaceAll("^", ""));
}

/** Whether the text is a path of a host that is an address or reached by WebDAV. */
export function isForeignPath(target: string): boolean {
  return FOREIGN_PATH.test(plain(target));
}

function plain(target: string): string {
  const text = target.slice(0, MAX_CHARACTERS).replaceAll("\0", "").replaceAll("\\", "/").trim();
  return text.includes("%") ? text.replace(ESCAPE, characterOf) : text;
}

function characterOf(_escape: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

const MAX_CHARACTERS = 4096;
const ESCAPE = /%([0-9a-f]{2})/gi;
const WEB =
  /^(?:url:|res:|script:|scriptlet:|mhtml:|view-source:|!?x-usc:|its:|ms-its:|mk:@msitstore:)*(?:https?|ftps?|gopher|webdavs?|davs?):/i;
const ACTIVE_SCHEME =
  /^(?:ms-msdt|search-ms|ms-officecmd|ms-appinstaller|mhtml|x-usc|javascript|vbscript|script|scriptlet|ms-its|its|mk|shell):/i;
/** Four numbers or one, hexadecimal too, or an IPv6 literal, but not the private addresses of small offices; `@80`, `@SSL`
 *  and DavWWWRoot are WebDAV's. */
const FOREIGN_PATH =
  /^(?:(?:url:)?file:)?\/{2,8}(?:(?!10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)(?:\d{1,10}|0x[0-9a-f]{1,8})(?:\.(?:\d{1,10}|0x[0-9a-f]{1,8})){0,3}(?=[/@:])|\[[0-9a-f:.]{2,45}\]|[^/\s]{1,255}?\.ipv6-literal\.net|[^/\s@]{1,255}@(?:ssl|\d{1,5})|[^/\s]{1,255}\/davwwwroot\b)/i;
const INTERPRETER =
  /(?:^|[\\/\s"'`,;&|(=%@])(?:cmd|command(?=\.com)|powershell|powershell_ise|pwsh|mshta|wscript|cscript|rundll32|regsvr32|certutil|curl|wget|bitsadmin|msiexec|forfiles|conhost|pcalua|installutil|msbuild|regasm|regsvcs|schtasks|wmic|odbcconf|cmstp|msdt|scriptrunner|bash|wsl|hh|finger|mavinject|presentationhost|ieexec|syncappvpublishserver|xwizard|ssh)(?:\.exe|\.com)?(?=$|[\s"'`\\/,;&|)!])/i;
