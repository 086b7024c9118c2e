/** What stands in the string literals of scripts for what can not stand there. */
import type { ScriptLanguage } from "./script-lexer.ts";

/** The text of a literal, without its quotes. */
export function unescapeScriptString(raw: string, language: ScriptLanguage): string {
  return language === "vbscript" ? raw.replaceAll('""', '"') : raw.replace(ESCAPE, unescapeOne);
}

function unescapeOne(sequence: string): string {
  const kind = sequence[1] ?? "";
  switch (kind) {
    case "x":
    case "u": {
      const code = Number.parseInt(sequence.replace(/[^0-9a-fA-F]/g, ""), 16);
      return code <= 0x10ffff && sequence.length > 2 ? String.fromCodePoint(code) : kind;
    }
    case "n":
      return "\n";
    case "r":
      return "\r";
    case "t":
      return "\t";
    case "b":
      return "\b";
    case "f":
      return "\f";
    case "v":
      return "\v";
    case "\r":
    case "\n":
      return "";
    default:
      return kind >= "0" && kind <= "7"
        ? String.fromCharCode(Number.parseInt(sequence.slice(1), 8))
        : sequence.slice(1);
  }
}

const ESCAPE = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|[0-7]{1,3}|\r\n|[\s\S])/g;
