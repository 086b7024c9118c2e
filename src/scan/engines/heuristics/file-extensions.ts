/** What the ending of a file name promises a person who opens it. */

/** What the system runs, or hands to something that runs it; what people take for a document; the rest. */
export type NameFamily = "executable" | "script" | "shortcut" | "document" | "picture" | "media" | "text" | "archive";

/** The ending of a name in lower case, without its dot; empty when there is none. Windows drops dots and blanks at the
 *  end of a name, so the ending is before them. */
export function extensionOf(name: string): string {
  const trimmed = trimmedName(name);
  const dot = trimmed.lastIndexOf(".");
  return dot < 0 ? "" : trimmed.slice(dot + 1).toLowerCase();
}

/** The name without what systems ignore: folders before it, dots and blanks behind it. */
export function trimmedName(name: string): string {
  const base = name.slice(-MAX_NAME_CHARACTERS).replace(/^.*[\\/]/s, "");
  let end = base.length;
  while (end > 0 && IGNORED_AT_END.has(base[end - 1] ?? "")) end -= 1;
  return base.slice(0, end);
}

export function nameFamily(extension: string): NameFamily | undefined {
  return FAMILIES.get(extension);
}

function families(lists: Readonly<Record<NameFamily, string>>): ReadonlyMap<string, NameFamily> {
  const entries = Object.entries(lists) as [NameFamily, string][];
  return new Map(
    entries.flatMap(([family, list]) => list.split(" ").map((extension): [string, NameFamily] => [extension, family])),
  );
}

const FAMILIES = families({
  executable:
    "exe scr pif com cpl dll ocx sys drv xll wll ax efi msi msp mst msix msixbundle appx appxbundle application gadget jar " +
    "apk dex class deb rpm pkg run bin elf so dylib command app appimage",
  script:
    "js jse vbs vbe vb wsf wsh wsc sct hta ps1 psm1 psd1 ps1xml ps2 psc1 bat cmd btm sh bash zsh csh ksh fish py pyw pl rb " +
    "php au3 a3x ahk reg inf scf chm hlp msh mshxml applescript scpt xsl osascript lua tcl",
  shortcut: "lnk url desktop settingcontent-ms library-ms search-ms searchconnector-ms appref-ms website webloc",
  document:
    "pdf doc docx docm dot dotx dotm xls xlsx xlsm xlsb xlt xltx xltm ppt pptx pptm pps ppsx rtf odt ods odp odg ott pub vsd " +
    "vsdx mdb accdb one xps oxps epub mobi pages numbers key wps wpd eml msg ics vcf",
  picture: "jpg jpeg jpe jfif png gif bmp tif tiff webp heic heif avif ico psd raw emf wmf svg dwg dxf",
  media: "mp3 mp4 m4a m4v mov avi mkv wav wma wmv flac ogg oga ogv mpg mpeg aac webm mid midi amr 3gp",
  text: "txt text log csv tsv md nfo ini cfg conf json xml yaml yml htm html xhtml mht mhtml css tex asc diff patch",
  archive: "zip rar 7z tar gz tgz bz2 xz zst lz lzma cab arj lzh lha ace z iso img vhd vhdx udf dmg vmdk wim cpio",
});

const IGNORED_AT_END: ReadonlySet<string> = new Set([".", " ", "\t", "\u00a0", "\0", "\r", "\n", "\u200b", '"']);
const MAX_NAME_CHARACTERS = 1_000;
