import { describe, expect, test } from "vitest";
import { scriptFormat, sureScriptFormat } from "../../../../../src/scan/engines/heuristics/script-format.ts";
import { isTextShortcut } from "../../../../../src/scan/engines/heuristics/text-shortcut.ts";

describe("sureScriptFormat()", () => {
  test.each([
    ["VBScript", 'x = 1\r\nSet a = getobject ( "winmgmts:root")'],
    ["JScript", "eval(new ActiveXObject('a'))"],
    ["JScript", "WScript.Echo(1)"],
    ["shell script", "#!/usr/bin/env python\nprint(1)"],
    ["encoded script", "junk #@~^AAAAAA==junk"],
    ["batch file", "\r\n  @ECHO OFF\r\n"],
    ["registry file", "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\a]"],
    ["HTML application", "<html><HTA:Application></html>"],
    ["Windows script file", '<package><job id="a"><script language="JScript">x</script></job></package>'],
  ])("knows %s", (format, text) => {
    expect(sureScriptFormat(Buffer.from(text))).toBe(format);
    expect(sureScriptFormat(Buffer.from(text, "utf16le"))).toBe(format);
  });

  test.each([
    "Dear all,\r\nplease set the object to new.\r\n",
    "<html><script>var a = 1;</script></html>",
    "A <job> well done, a package deal.",
    "Use CreateObject(x) to create an object.",
    "#! is how scripts begin",
    "",
    "a",
  ])("takes %j for none", (text) => {
    expect(sureScriptFormat(Buffer.from(text))).toBeUndefined();
  });

  test("sees a script behind a long comment", () => {
    const text = `/*${" long ".repeat(10_000)}*/ new ActiveXObject("a")`;
    expect(sureScriptFormat(Buffer.from(text))).toBe("JScript");
    expect(sureScriptFormat(Buffer.from(text, "utf16le"))).toBe("JScript");
  });

  test("takes octets that are no text for none", () => {
    expect(sureScriptFormat(Buffer.from("#!/bin/sh\0\0"))).toBeUndefined();
  });
});

describe("scriptFormat()", () => {
  test("goes by the name where the text fits it", () => {
    const text = Buffer.from("import os\nos.remove('a')\n");
    expect(scriptFormat(text, "a.py")).toBe("Python");
    expect(scriptFormat(text, "a.txt")).toBeUndefined();
    expect(scriptFormat(text, "")).toBeUndefined();
  });

  test.each(["<job>", "<job ", "  ", "\n ", "GetObject(", "$a", "var ", ")(", "URL=", "<url>", "%", "set a"])(
    "takes no longer for much of %j",
    (unit) => {
      const bytes = Buffer.from(unit.repeat(20_000));
      const start = performance.now();
      for (const name of ["a.js", "a.vbs", "a.ps1", "a.bat", "a.wsf", "a.sh"]) scriptFormat(bytes, name);
      isTextShortcut(bytes);
      expect(performance.now() - start).toBeLessThan(1_000);
    },
  );
});
