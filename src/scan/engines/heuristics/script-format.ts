/** Tells scripts by their text. Some show what they are by themselves; of the others only a name that makes the system
 *  run them makes a script, for texts about programs are full of the same words. */
import { latin1, utf16 } from "../../../core/bytes.ts";
import { extensionOf, nameFamily } from "./file-extensions.ts";

/** The language, or undefined: not a script, or nothing that is sure. Looks at the beginning and the end alone. */
export function scriptFormat(bytes: Buffer, name: string): string | undefined {
  const sample = sampleOf(bytes);
  if (sample === undefined) return undefined;
  return sureScript(sample) ?? namedScript(sample, extensionOf(name));
}

/** Scripts that are none of a web page, a manual or a mail about scripts. */
export function sureScriptFormat(bytes: Buffer): string | undefined {
  const sample = sampleOf(bytes);
  return sample === undefined ? undefined : sureScript(sample);
}

/** Beginning and end as text; undefined when it is none. */
function sampleOf(bytes: Buffer): string | undefined {
  if (bytes.length < MIN_BYTES) return undefined;
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[1] === 0 && bytes[3] === 0);
  const read = isWide ? utf16 : latin1;
  const head = read(bytes, 0, HEAD_BYTES);
  if (head.includes("\0")) return undefined;
  // An even offset: half a character would turn all others into different ones.
  const tail = Math.max(HEAD_BYTES, (bytes.length - TAIL_BYTES) & ~1);
  return tail < bytes.length ? `${head}\n${read(bytes, tail)}` : head;
}

function sureScript(sample: string): string | undefined {
  return SURE.find(({ mark }) => mark.test(sample))?.language;
}

/** A name that is run, and text that is of that language. */
function namedScript(sample: string, extension: string): string | undefined {
  if (nameFamily(extension) !== "script") return undefined;
  const language = LANGUAGES.find(({ extensions }) => extensions.has(extension));
  return language?.mark.test(sample) === true ? language.name : undefined;
}

/** Each of them ends soon whatever the text: no repetition is followed by what it may itself contain. */
const SURE: readonly { readonly language: string; readonly mark: RegExp }[] = [
  { language: "shell script", mark: /^(?:\xef\xbb\xbf)?#! ?\/[^\r\n]{1,200}/ },
  { language: "encoded script", mark: /#@~\^[A-Za-z0-9+/]{6}==/ },
  { language: "HTML application", mark: /<hta:application\b/i },
  {
    language: "Windows script file",
    mark: /<(?:job|package|scriptlet|component)\b[^<>]{0,200}>[^<]{0,2000}<(?:script|registration|reference|object|runtime)\b/i,
  },
  {
    language: "VBScript",
    mark: /\b(?:CreateObject|GetObject)\s{0,4}\(\s{0,4}["'](?:WScript|Shell\.|ADODB|MSXML|Microsoft\.XMLHTTP|Scripting\.|WinHttp|winmgmts|InternetExplorer)/i,
  },
  {
    language: "JScript",
    mark: /\bnew\s{1,4}ActiveXObject\s{0,4}\(|\bWScript\.(?:CreateObject|Shell|Echo|Sleep|Quit|ScriptFullName)\b/i,
  },
  { language: "batch file", mark: /^(?:\xef\xbb\xbf)?\s{0,20}@echo off\b/i },
  { language: "registry file", mark: /^(?:\xef\xbb\xbf)?\s{0,20}(?:Windows Registry Editor Version 5|REGEDIT4\b)/ },
  { language: "AutoIt script", mark: /^\s{0,20}#(?:NoTrayIcon|RequireAdmin|include <[\w ]{1,40}\.au3>)/im },
];

function language(name: string, extensions: string, mark: RegExp): Language {
  return { name, extensions: new Set(extensions.split(" ")), mark };
}

interface Language {
  readonly name: string;
  readonly extensions: ReadonlySet<string>;
  readonly mark: RegExp;
}

const LANGUAGES: readonly Language[] = [
  language(
    "JavaScript",
    "js jse",
    /\b(?:var|let|const|function|eval|new|return|this|typeof|try)\b[^\n]{0,80}[=({;]|\)\s{0,4}\(|\[\s{0,4}['"0]/,
  ),
  language(
    "VBScript",
    "vbs vbe vb",
    /^\s{0,40}(?:(?:Dim|ReDim) \w{1,60}\s{0,4}(?:[,(:]|$)|(?:Set |Const )?\w{1,60}\s{0,4}=|(?:Sub|Function) \w{1,60}\s{0,4}\(|Execute(?:Global)?[ (]|On Error |Option Explicit|MsgBox[ (]|WScript\.)|\bChrW?\s{0,4}\(|\bEnd (?:Sub|Function|If)\b/im,
  ),
  language(
    "Windows script",
    "wsf wsh wsc sct xsl",
    /<(?:script|job|package|scriptlet|component|xsl:stylesheet)\b|^\[ScriptFile\]/im,
  ),
  language("HTML application", "hta", /<(?:html|head|body|script|hta:application)\b/i),
  language(
    "PowerShell",
    "ps1 psm1 psd1 ps1xml ps2 psc1 msh mshxml",
    /\$\w{1,60}\s{0,10}=|\b(?:Invoke|Start|New|Get|Set|Add|Import|Write|Out|Remove|Select|ForEach)-[A-Z]\w{1,40}|\b(?:iex|iwr|powershell)\b|\[(?:System\.)?(?:Convert|IO|Net|Reflection|Text)\b/i,
  ),
  language(
    "batch file",
    "bat cmd btm",
    /^\s{0,40}@?(?:echo (?:off|on)|set \w{1,60}=|set \/|start (?:"|\/|\w{1,40}\.)|call |powershell|pwsh|cmd(?:\.exe)? \/|rundll32|regsvr32|mshta|certutil|bitsadmin|wscript|cscript|msiexec|schtasks|reg (?:add|delete)|del \/|rmdir \/|xcopy |goto \w|if (?:not |exist )|for \/|rem |curl |ping |taskkill|%\w)/im,
  ),
  language(
    "shell script",
    "sh bash zsh csh ksh fish command run",
    /^\s{0,40}(?:export |set -|if \[|for \w{1,40} in |echo |curl |wget |chmod |sudo |cd |rm -|\w{1,40}=)/m,
  ),
  language(
    "Python",
    "py pyw",
    /^\s{0,40}(?:import |from \S{1,80} import |def |class |print\s{0,4}\(|exec\s{0,4}\(|\w{1,40}\s{0,4}=)/m,
  ),
  language("Perl or Ruby", "pl rb", /^\s{0,40}(?:use |my |require |sub |def |puts |print |\$\w{1,40}\s{0,4}=)/m),
  language("PHP", "php", /<\?(?:php|=)/i),
  language(
    "AutoHotkey or AutoIt script",
    "au3 a3x ahk",
    /^\s{0,40}(?:Run|RunWait|MsgBox|Send|Local|Global|Func|#\w|\$\w{1,40}\s{0,4}=|\w{1,40}\s{0,4}:=)/im,
  ),
  language("registry file", "reg", /^\[-?HKEY_/m),
  language("setup information file", "inf", /^\s{0,10}\[(?:DefaultInstall|Version)[^\]\n]{0,40}\]/im),
  language("shell command file", "scf", /^\[(?:Shell|Taskbar)\]/m),
  language("AppleScript", "applescript scpt osascript", /\b(?:tell application|do shell script|osascript)\b/i),
  language("Lua or Tcl", "lua tcl", /^\s{0,40}(?:local |function |require|proc |package |set \w)/m),
];
const HEAD_BYTES = 8 * 1024;
/** Long comments stand at the beginning. */
const TAIL_BYTES = 4 * 1024;
const MIN_BYTES = 4;
