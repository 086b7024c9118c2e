/** Tells macros that run by themselves and then do what documents do not do.
 *
 *  False positives: honest documents run macros when they are opened (they fill in dates, show menus, adjust sheets), and
 *  honest macros start programs when a button is pressed. Only both together count, and of the calls only those that
 *  start programs, load code or fetch files; writing a file counts when its name is that of a program or its octets are
 *  written as such. Comments count nothing. */

export interface MacroTraits {
  /** The source without comments, with the pieces of strings joined. */
  readonly code: string;
  /** Code besides declarations and attributes. */
  readonly isCode: boolean;
  /** Has a procedure that Office calls by itself. */
  readonly isAutomatic: boolean;
  /** Starts programs, loads code or fetches files. */
  readonly isDangerous: boolean;
}

/** Looks at the source of all modules of a project together. */
export function analyseMacros(source: string): MacroTraits {
  const code = plainCode(source);
  return {
    code,
    isCode: CODE.test(code),
    isAutomatic: AUTOMATIC.test(code),
    isDangerous: callsOut(code) || writesProgram(code) || hasComputedClass(code),
  };
}

/** Whether a compiled project names procedures and calls that its source does not: the source that is shown is not the
 *  code that runs (VBA stomping). `names` are the project's identifiers, `compiled` its compiled code. */
export function isStomped(source: string, names: string, compiled: string): boolean {
  const shown = source.toLowerCase();
  const isHidden = (pattern: RegExp, text: string): boolean => {
    const words = new Set(Array.from(text.matchAll(pattern), ([word]) => word.toLowerCase()));
    return [...words].some((word) => !shown.includes(word));
  };
  const isAutomatic = isHidden(AUTOMATIC_NAME, names);
  return isAutomatic && (isHidden(DANGEROUS_NAME, names) || isHidden(DANGEROUS_LITERAL, compiled));
}

/** Without comments, with continued lines and the pieces of strings joined, and characters given by number as such. */
function plainCode(source: string): string {
  return source
    .replaceAll(/[ \t]_\r?\n/g, " ")
    .replaceAll(STRING_OR_COMMENT, (text) => (text.startsWith('"') ? text : ""))
    .replaceAll(CHARACTER, (_call, hex?: string, decimal?: string) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code >= 32 && code < 127 && code !== 34 ? `"${String.fromCharCode(code)}"` : '""';
    })
    .replaceAll(/"[ \t]*[&+][ \t]*"/g, "");
}

function callsOut(code: string): boolean {
  return DANGEROUS_CALLS.test(code.replaceAll(/"[^"\r\n]*"?/g, '""')) || DANGEROUS_WORDS.test(code);
}

function writesProgram(code: string): boolean {
  return WRITTEN_PROGRAM.test(code) || (/\bFor[ \t]+Binary\b/i.test(code) && /^[ \t]*Put[ \t]+#/im.test(code));
}

/** An object of a class that only the running code knows: nobody writes this but to hide which one. */
function hasComputedClass(code: string): boolean {
  for (const [, argument = ""] of code.matchAll(/\b(?:CreateObject|GetObject)[ \t]*\(([^\r\n]{0,200})/gi)) {
    if (/^[^",)]{0,100}[(&]/.test(argument) || /^[ \t]*"[^"\r\n]{0,100}"[ \t]*&/.test(argument)) return true;
  }
  return false;
}

const STRING_OR_COMMENT = /"[^"\r\n]*"?|'[^\r\n]*|^[ \t]*Rem[ \t][^\r\n]*/gim;
const CHARACTER = /\bChr[WB]?\$?[ \t]*\([ \t]*(?:&H([0-9a-f]{1,4})|(\d{1,5}))&?[ \t]*\)/gi;
const CODE = /^[ \t]*(?:(?:Private|Public|Friend|Static)[ \t]+){0,3}(?:Sub|Function|Property)[ \t]/im;
const AUTOMATIC_NAMES =
  "Auto_?(?:Open|Close|Exec|Exit|New)|Document_?(?:Open|Close|New|BeforeClose|BeforePrint|BeforeSave|Change|ContentControl\\w{2,20})|Workbook_(?:Open|Activate|BeforeClose|Close|Deactivate|BeforeSave|BeforePrint|NewSheet|SheetActivate|SheetCalculate|WindowActivate|AddinInstall|AddinUninstall)|Worksheet_(?:Activate|Calculate)|App_\\w{3,30}|OnSlideShow\\w{3,20}|SlideShow\\w{3,20}|\\w{1,60}_(?:Painted|Painting|GotFocus|LostFocus|MouseHover|MouseMove|MouseEnter|MouseLeave|Layout|Resize|OnConnecting|OnConnected|BeforeNavigate2|DocumentComplete|DownloadBegin|DownloadComplete|FileDownload|NavigateComplete2|NavigateError|ProgressChange|PropertyChange|SetSecureLockIcon|StatusTextChange|TitleChange|ActiveXEnter)";
const AUTOMATIC = new RegExp(
  `^[ \\t]*(?:(?:Private|Public|Friend|Static)[ \\t]+){0,3}(?:Sub|Function)[ \\t]+(?:${AUTOMATIC_NAMES})\\b`,
  "im",
);
const AUTOMATIC_NAME =
  /\b(?:Auto_?(?:Open|Close|Exec|Exit|New)|Document_?(?:Open|Close|New)|Workbook_(?:Open|Activate|BeforeClose|Close))/gi;
const DANGEROUS_NAME =
  /\b(?:Shell|ShellExecute[AW]?|WinExec|CreateProcess[AW]?|CreateThread|VirtualAlloc(?:Ex)?|WriteProcessMemory|URLDownloadToFile[AW]?)/gi;
const DANGEROUS_LITERAL =
  /WScript\.Shell|Shell\.Application|powershell|mshta|rundll32|regsvr32|MSXML2?\.(?:Server)?XMLHTTP|winmgmts:|cmd(?:\.exe)?[ \t]+\/c/gi;
/** `Shell` as a statement or function, not as a member of something harmless. */
const DANGEROUS_CALLS = /(?:^|[=(:,\s]|\bVBA\.|\bInteraction\.)Shell\$?[ \t]*[("a-z_@]|\.SaveToFile\b/im;
/** Classes, commands and functions of Windows, which stand in strings. */
const DANGEROUS_WORDS = new RegExp(
  [
    "WScript\\.Shell|Shell\\.Application|InternetExplorer\\.Application|Schedule\\.Service|MMC20\\.Application",
    "ShellWindows|ShellBrowserWindow|new:\\{?[0-9a-f]{8}-|(?:script|scriptlet|winmgmts):|Win32_Process|MSScriptControl",
    "MSXML2?\\.(?:Server)?XMLHTTP|Microsoft\\.XMLHTTP|WinHttp\\.WinHttpRequest|ScriptControl",
    '\\b(?:powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|certutil|bitsadmin)(?:\\.exe)?[ \\t"]',
    "\\bcmd(?:\\.exe)?[ \\t]+/[ck]",
    "\\b(?:ShellExecute|WinExec|CreateProcess|CreateRemoteThread|CreateThread|NtCreateThreadEx|VirtualAlloc|VirtualProtect)",
    "\\b(?:WriteProcessMemory|QueueUserAPC|EnumSystemLocales[AW]|InternetReadFile|InternetOpenUrl|URLDownloadTo)",
    "\\b(?:ExecuteExcel4Macro|MacScript|AppleScriptTask|popen|execShell)\\b",
  ].join("|"),
  "i",
);
const PROGRAM_ENDING = '\\.(?:exe|dll|scr|com|bat|cmd|vbs|vbe|js|jse|wsf|hta|ps1|lnk|sct|url)"';
/** A file with the name of a program or script is opened for writing or created. */
const WRITTEN_PROGRAM = new RegExp(
  `\\bOpen\\b[^\\r\\n]{1,200}${PROGRAM_ENDING}[^\\r\\n]{0,20}\\bFor[ \\t]+(?:Output|Binary|Append|Random)\\b|` +
    `\\bCreateTextFile\\b[^\\r\\n]{1,200}${PROGRAM_ENDING}`,
  "i",
);
