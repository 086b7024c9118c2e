/** Mails that hide from people what they carry, each with a twin that looks the same and carries nothing, and honest
 *  mails that resemble them. */
import type { HeuristicName } from "../../src/core/heuristics.ts";
import { buildPdf, PAGES, pdfWithFile } from "./build-pdf.ts";
import { buildZip } from "./build-zip.ts";
import { buildMail } from "./evasion.ts";
import {
  installerPackage,
  installerProgram,
  javaClass,
  linuxProgram,
  macProgram,
  scripts,
  windowsProgram,
  windowsShortcut,
} from "./evasion-heuristics-content.ts";

/** What the twins carry. */
const HARMLESS = Buffer.from(
  "This text is entirely harmless; please deliver it, and start to read.\r\nIf not, call us.\r\n",
);

export interface Disguise {
  readonly name: string;
  readonly heuristic: HeuristicName;
  readonly hostile: Buffer;
  readonly twin: Buffer;
}

export const disguises: readonly Disguise[] = [
  ...disguised(),
  ...doubleExtensions(),
  ...turnedNames(),
  ...shortcuts(),
  ...documents(),
];

export const honestMails: readonly { readonly name: string; readonly mail: Buffer }[] = [
  honest("an installer under its own name", "setup.exe", installerProgram()),
  honest("a program in a zip archive", "tools.zip", buildZip([{ name: "tools/setup.exe", content: windowsProgram() }])),
  honest("a package", "setup.msi", installerPackage()),
  honest("a shell script", "backup.sh", script("sh"), "text/x-sh"),
  honest("a script of Windows under its own name", "logon.vbs", script("vbs")),
  honest("a script that a server would not let pass", "logon.vbs.txt", script("vbs"), "text/plain"),
  honest("a script of a web page", "page.html.js", Buffer.from("export const page = `<html></html>`;\n")),
  honest("a document", "report.pdf", buildPdf(["<< /Type /Catalog /Pages 2 0 R >>", ...PAGES]), "application/pdf"),
  honest("a document with an old link to another", "report.pdf", launching("<< /S /Launch /F (other.pdf) >>")),
  honest("a document with a link to a web page", "report.pdf", launching("<< /S /URI /URI (https://example.com) >>")),
  honest("a document with a script", "form.pdf", launching("<< /S /JavaScript /JS (app.alert\\(1\\)) >>")),
  honest(
    "documents in a zip archive",
    "a.zip",
    buildZip([
      { name: "report.docx", content: buildZip([{ name: "[Content_Types].xml", content: Buffer.from("<Types/>") }]) },
      { name: "photo.jpg", content: Buffer.from("ffd8ffe000104a464946", "hex") },
    ]),
  ),
  honest("an OLE document", "report.doc", installerPackage("0609020000000000c000000000000046"), "application/msword"),
  honest(
    "a text about programs",
    "notes.txt",
    Buffer.from('MZ is how programs begin; CreateObject("x") is Basic.\n'),
    "text/plain",
  ),
  honest("a link to a web page", "page.url", Buffer.from("[InternetShortcut]\r\nURL=https://example.org/\r\n")),
  honest("a name in right-to-left writing", "\u05d3\u05d5\u05d7\u200f.pdf", Buffer.from("%PDF-1.7\n")),
  honest("a picture of another format", "photo.jpg", Buffer.from("89504e470d0a1a0a0000000d", "hex"), "image/jpeg"),
];

/** A mail with one attachment of that name and type. */
export function mailWithFile(name: string, content: Buffer, type = "application/octet-stream"): Buffer {
  return buildMail({
    partFields: [
      `Content-Type: ${type}`,
      `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`,
      "Content-Transfer-Encoding: base64",
    ],
    body: content.toString("base64").replace(/.{76}/g, "$&\r\n"),
  });
}

function disguised(): Disguise[] {
  const named = (name: string, content: Buffer, type?: string): Disguise =>
    disguise(`a program as ${name}${type === undefined ? "" : `, ${type}`}`, "disguised-executable", content, (inner) =>
      mailWithFile(name, inner, type),
    );
  return [
    named("invoice.pdf", windowsProgram(), "application/pdf"),
    named("invoice.doc", windowsProgram()),
    named("photo.JPG", windowsProgram(), "image/jpeg"),
    named("clip.mp4", linuxProgram()),
    named("notes.txt", macProgram(), "text/plain"),
    named("table.xlsx", javaClass()),
    named("report.docx", buildZip([{ name: "META-INF/MANIFEST.MF", content: Buffer.from("Main-Class: a\n") }])),
    named("report.pdf. . .", windowsProgram()),
    named("invoice.pdf", windowsShortcut()),
    named("invoice.pdf", installerPackage()),
    named("invoice.doc", script("vbs")),
    named("invoice.pdf", script("js")),
    named("invoice.pdf", Buffer.from(`\ufeff${scripts.hta}`, "utf16le")),
    named("photo.jpg", script("jse")),
    named("photo.png", script("bat")),
    named("page.dat", windowsProgram(), "image/png"),
    named("setup.exe", windowsProgram(), "application/pdf"),
    disguise("a program as a document in a zip archive", "disguised-executable", windowsProgram(), (inner) =>
      mailWithFile("documents.zip", buildZip([{ name: "folder/invoice.pdf", content: inner }])),
    ),
  ];
}

function doubleExtensions(): Disguise[] {
  const named = (name: string, content: Buffer): Disguise =>
    disguise(`two endings, ${JSON.stringify(name)}`, "double-extension", content, (inner) => mailWithFile(name, inner));
  return [
    named("invoice.pdf.exe", windowsProgram()),
    named("Invoice.PDF.Scr", windowsProgram()),
    named("invoice.pdf .exe", windowsProgram()),
    named(`invoice.pdf${" ".repeat(60)}.exe`, windowsProgram()),
    named(`invoice.pdf${"_".repeat(40)}.com`, windowsProgram()),
    named(`invoice${"\u2003".repeat(30)}.exe`, windowsProgram()),
    named("invoice.pdf.exe. . .", windowsProgram()),
    named("photo.jpg.lnk", windowsShortcut()),
    named("invoice.pdf.js", script("js")),
    named("invoice.docx.vbs", Buffer.from('Dim a\r\na = "hello"\r\nMsgBox a\r\n')),
    named("invoice.xlsx.ps1", script("ps1")),
    named("invoice.pdf.hta", script("hta")),
    named("invoice.txt.bat", Buffer.from("rem hello\r\nstart calc.exe\r\n")),
    named("invoice.pdf.msi", installerPackage()),
    disguise("two endings in a zip archive", "double-extension", windowsProgram(), (inner) =>
      mailWithFile("a.zip", buildZip([{ name: "invoice.pdf.exe", content: inner }])),
    ),
  ];
}

function turnedNames(): Disguise[] {
  const named = (name: string, content: Buffer): Disguise =>
    disguise(`a turned name, ${JSON.stringify(name)}`, "rtlo-name", content, (inner) => mailWithFile(name, inner));
  return [
    named("invoice\u202efdp.exe", windowsProgram()),
    named("\u202einvoice\u202dxcod.scr", windowsProgram()),
    named("invoice\u2067fdp\u2069.js", script("js")),
    named("invoice\u00e2\u0080\u00aefdp.exe", windowsProgram()),
    disguise("a turned name in a zip archive", "rtlo-name", windowsProgram(), (inner) =>
      mailWithFile("a.zip", buildZip([{ name: "invoice\u202efdp.exe", content: inner }])),
    ),
  ];
}

function shortcuts(): Disguise[] {
  const file = (name: string, text: string, harmless: string): Disguise => ({
    name: `a shortcut, ${name}`,
    heuristic: "shortcut",
    hostile: mailWithFile(name, Buffer.from(text)),
    twin: mailWithFile(name, Buffer.from(harmless)),
  });
  return [
    disguise("a shortcut", "shortcut", windowsShortcut(), (inner) => mailWithFile("invoice.lnk", inner)),
    disguise("a shortcut in a zip archive", "shortcut", windowsShortcut(), (inner) =>
      mailWithFile("a.zip", buildZip([{ name: "invoice.lnk", content: inner }])),
    ),
    file(
      "a.url",
      "[InternetShortcut]\r\nURL=file://host/share/a\r\n",
      "[InternetShortcut]\r\nURL=https://example.org/\r\n",
    ),
    file(
      "a.url",
      "[InternetShortcut]\r\nURL=https://example.org/a.exe\r\n",
      "[InternetShortcut]\r\nURL=https://example.org/?a.exe\r\n",
    ),
    file("a.desktop", "[Desktop Entry]\nExec=sh -c id\n", "[Desktop Entry]\nURL=https://example.org\n"),
    file("a.settingcontent-ms", "<PCSettings><DeepLink>cmd</DeepLink></PCSettings>", "<PCSettings></PCSettings>"),
  ];
}

function documents(): Disguise[] {
  const action = (name: string, hostile: string, harmless: string): Disguise => ({
    name: `pdf: ${name}`,
    heuristic: "pdf-launch",
    hostile: mailWithFile("a.pdf", launching(hostile), "application/pdf"),
    twin: mailWithFile("a.pdf", launching(harmless), "application/pdf"),
  });
  const carrying = (name: string, content: Buffer): Disguise =>
    disguise(`pdf: carries ${name}`, "pdf-embedded-executable", content, (inner) =>
      mailWithFile("a.pdf", pdfWithFile({ entries: "/Type /EmbeddedFile", data: inner }, [], { name: `(${name})` })),
    );
  const [link, safe] = ["https://example.org/setup.exe", "https://example.org/setup.html"];
  return [
    action("starts a program", "<< /S /Launch /F (cmd.exe) >>", "<< /S /Launch /F (other.pdf) >>"),
    action("starts something without an ending", "<< /S /Launch /F (/bin/sh) >>", "<< /S /Launch /F (/doc/a.txt) >>"),
    action(
      "starts a program of one system",
      "<< /S /Launch /Win << /F (a.pdf) /P (/c calc) >> >>",
      "<< /S /Launch /Win << /F (a.pdf) >> >>",
    ),
    action(
      "starts with an escaped name",
      "<< /S /#4caunch /F (c\\155d.e\\\nxe) >>",
      "<< /S /#4caunch /F (c\\155d.p\\\ndf) >>",
    ),
    action(
      "goes to a program in itself",
      "<< /S /GoToE /F << /UF (a.exe) >> >>",
      "<< /S /GoToE /F << /UF (a.pdf) >> >>",
    ),
    action("links to a program", `<< /S /URI /URI (${link}) >>`, `<< /S /URI /URI (${safe}) >>`),
    carrying("a.exe", windowsProgram()),
    carrying("a.txt", windowsProgram()),
    carrying("a.lnk", windowsShortcut()),
    carrying("a.js", script("js")),
    carrying("a.dat", installerPackage()),
  ];
}

function disguise(name: string, heuristic: HeuristicName, content: Buffer, build: (inner: Buffer) => Buffer): Disguise {
  return { name, heuristic, hostile: build(content), twin: build(HARMLESS) };
}

function honest(name: string, file: string, content: Buffer, type?: string): { name: string; mail: Buffer } {
  return { name, mail: mailWithFile(file, content, type) };
}

/** A document that does this when it is opened. */
function launching(action: string): Buffer {
  return buildPdf(["<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>", ...PAGES, action]);
}

function script(kind: string): Buffer {
  return Buffer.from(scripts[kind] ?? "", "latin1");
}
