/** Files that run, as small as they can be, and without doing anything: what tells them is in their first octets. */

/** A program for Windows: the headers alone. */
export function windowsProgram(): Buffer {
  const program = Buffer.alloc(512);
  program.write("MZ", 0, "latin1");
  program.writeUInt32LE(0x80, 0x3c);
  program.write("PE\0\0", 0x80, "latin1");
  program.writeUInt16LE(0x14c, 0x84);
  return program;
}

/** One that unpacks and installs something. */
export function installerProgram(): Buffer {
  return Buffer.concat([windowsProgram(), Buffer.from('name="Nullsoft.NSIS.exehead"', "latin1"), Buffer.alloc(64)]);
}

export function linuxProgram(): Buffer {
  return Buffer.concat([Buffer.from("7f454c4602010100", "hex"), Buffer.alloc(56)]);
}

export function macProgram(): Buffer {
  return Buffer.concat([Buffer.from("cffaedfe07000001", "hex"), Buffer.alloc(56)]);
}

export function javaClass(): Buffer {
  return Buffer.concat([Buffer.from("cafebabe00000034", "hex"), Buffer.alloc(56)]);
}

/** [MS-SHLLINK] §2.1. */
export function windowsShortcut(): Buffer {
  return Buffer.concat([Buffer.from("4c0000000114020000000000c000000000000046", "hex"), Buffer.alloc(56)]);
}

/** A compound file whose root entry has the class of an installer package. */
export function installerPackage(classId = "84100c0000000000c000000000000046"): Buffer {
  const file = Buffer.alloc(1536);
  Buffer.from("d0cf11e0a1b11ae1", "hex").copy(file);
  file.writeUInt16LE(9, 30);
  file.writeUInt32LE(1, 48);
  Buffer.from(classId, "hex").copy(file, 1024 + 80);
  return file;
}

export const scripts: Readonly<Record<string, string>> = {
  vbs: 'Set shell = CreateObject("WScript.Shell")\r\nshell.Run "calc"\r\n',
  js: 'var shell = new ActiveXObject("WScript.Shell");\nshell.Run("calc");\n',
  jse: '#@~^EgAAAA==\\ko$K6,Jhello"J6gYAAA==^#~@',
  wsf: '<job id="a">\n<script language="VBScript">MsgBox "hello"</script>\n</job>\n',
  hta: "<html><head><hta:application id=a></head><script>close()</script></html>\n",
  bat: "@echo off\r\nstart calc.exe\r\n",
  ps1: "$client = New-Object Net.WebClient\r\nInvoke-Expression 'calc'\r\n",
  sh: "#!/bin/sh\necho hello\n",
  py: "import os\nprint('hello')\n",
  reg: "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software]\r\n",
};
