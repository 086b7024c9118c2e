/** Every heuristic: what it means, and whether it is on when the user says nothing. */
import { HEURISTIC_NAMES, type HeuristicName } from "../../../core/heuristics.ts";
import type { Detection } from "../../../core/model.ts";
import type { EngineSettings } from "../../../core/settings.ts";

export interface Heuristic {
  /** For a list of all. */
  readonly title: string;
  /** One sentence on what was found, and why that is suspicious. */
  readonly explanation: string;
  readonly isOnByDefault: boolean;
  /** Honest mail that it may hit, or why there is none. */
  readonly honestCases: string;
}

/** What the heuristic means. */
export function describeHeuristic(heuristic: HeuristicName): Heuristic {
  return CATALOGUE[heuristic];
}

/** What a detection by the heuristic is called. */
export function heuristicFinding(heuristic: HeuristicName): Pick<Detection, "name" | "kind" | "engine"> {
  return { name: `Heuristics.${heuristic}`, kind: "heuristic", engine: "heuristics" };
}

/** Which heuristics are on under the user's settings. */
export function heuristicPolicy(settings: EngineSettings["heuristics"]): (heuristic: HeuristicName) => boolean {
  const isOn = (name: HeuristicName): boolean => {
    if (!settings.isOn || settings.off.includes(name)) return false;
    return settings.on.includes(name) || CATALOGUE[name].isOnByDefault;
  };
  const on = new Set(HEURISTIC_NAMES.filter(isOn));
  return (heuristic) => on.has(heuristic);
}

const CATALOGUE: Readonly<Record<HeuristicName, Heuristic>> = {
  executable: {
    title: "A program",
    explanation: "The message carries a program for Windows, Linux, macOS, Android or Java.",
    isOnByDefault: false,
    honestCases: "Every program that people send each other; for mailboxes that get none.",
  },
  script: {
    title: "A script",
    explanation: "The message carries a script that a system runs when it is opened.",
    isOnByDefault: false,
    honestCases: "Every script that people send each other; for mailboxes that get none.",
  },
  installer: {
    title: "An installer",
    explanation: "The message carries a package or program that installs software.",
    isOnByDefault: false,
    honestCases: "Every installer that people send each other; for mailboxes that get none.",
  },
  "disguised-executable": {
    title: "A program under the name of something else",
    explanation: "A program or script comes under the name or type of a document, picture or other harmless file.",
    isOnByDefault: true,
    honestCases:
      "Programs renamed so that a mail server lets them pass. Scripts named as text (.txt) are left alone: people send code so.",
  },
  "double-extension": {
    title: "A program with two endings",
    explanation:
      'A program or script has a name like "invoice.pdf.exe", of which many systems show only "invoice.pdf".',
    isOnByDefault: true,
    honestCases: "None known: endings of web pages, data and archives (page.html.js, backup.zip.exe) do not count.",
  },
  "rtlo-name": {
    title: "A program with its name turned around",
    explanation:
      "The name of a program or script holds marks that turn the direction of text, so that its ending shows elsewhere.",
    isOnByDefault: true,
    honestCases: "None known: names in right-to-left writing do without these marks, and documents may have them.",
  },
  "type-mismatch": {
    title: "Content of another type than its name says",
    explanation: "The content is of another kind than its name or declared type.",
    isOnByDefault: false,
    honestCases: "Programs that save pictures or documents under the wrong ending; common.",
  },
  macro: {
    title: "A document with macros",
    explanation: "An office document contains macros.",
    isOnByDefault: false,
    honestCases: "Every document that works with macros.",
  },
  "macro-autorun": {
    title: "A document whose macros run by themselves",
    explanation:
      "Macros of an office document run when it is opened and do what harmless ones hardly do, such as starting programs.",
    isOnByDefault: true,
    honestCases:
      "In-house documents that start programs or fetch files when they are opened. Macros that only run by themselves, or only when a button is pressed, do not count.",
  },
  "macro-xl4": {
    title: "A workbook with Excel 4 macros",
    explanation: "A workbook contains macros of Excel 4.0, which hardly anyone but attackers still writes.",
    isOnByDefault: false,
    honestCases: "Very old workbooks, and some that were made from them.",
  },
  "external-template": {
    title: "A document that loads another from elsewhere",
    explanation: "An office document loads a template or object from the network when it is opened.",
    isOnByDefault: true,
    honestCases:
      "Documents whose templates lie on a web server. Templates on a disk or a file server of the office do not count.",
  },
  "embedded-executable": {
    title: "A document with a program in it",
    explanation: "An office document has a program, script or shortcut embedded.",
    isOnByDefault: true,
    honestCases: "Documents into which someone put a program on purpose; rare.",
  },
  dde: {
    title: "A document that starts programs by DDE",
    explanation: "A field or formula of an office document asks another program to run a command.",
    isOnByDefault: true,
    honestCases:
      "Fields of this kind in very old documents. Spreadsheets that get prices from a running program do not count.",
  },
  "equation-editor": {
    title: "An attack on the old equation editor",
    explanation: "A document has an object for the old equation editor that is no formula or overflows its buffers.",
    isOnByDefault: true,
    honestCases: "None known: formulas as the editor wrote them do not count.",
  },
  shortcut: {
    title: "A shortcut",
    explanation: "The message carries a file that starts a program or command somewhere else.",
    isOnByDefault: true,
    honestCases: "None of use: a shortcut leads nowhere on another machine. Links to web pages (.url) do not count.",
  },
  "disk-image": {
    title: "A disk image with a program in it",
    explanation:
      "A program, script or shortcut comes inside a disk image, out of which systems run files without a warning.",
    isOnByDefault: true,
    honestCases:
      "Images of installation media, which are rarely small enough for mail. An image of documents does not count.",
  },
  "onenote-dropper": {
    title: "A OneNote section with a program in it",
    explanation:
      "A program, script or shortcut is embedded in a OneNote section, behind a picture that asks to click on it.",
    isOnByDefault: true,
    honestCases: "Notes into which someone put a program on purpose; rare.",
  },
  "html-smuggling": {
    title: "A web page that makes a file",
    explanation: "A web page puts a file together by script and has it saved, which hides it from scanners.",
    isOnByDefault: true,
    honestCases: "Pages saved from web applications that offer exports.",
  },
  "svg-script": {
    title: "A picture with a script",
    explanation: "An SVG picture contains a script, which runs in the browser that shows it.",
    isOnByDefault: false,
    honestCases: "Interactive charts and maps.",
  },
  "pdf-launch": {
    title: "A PDF document that starts a program",
    explanation: "An action of a PDF document starts a program or leads to one.",
    isOnByDefault: true,
    honestCases: "Manuals that link to their own setup program. Actions that open another document do not count.",
  },
  "pdf-javascript": {
    title: "A PDF document with JavaScript",
    explanation: "A PDF document contains JavaScript.",
    isOnByDefault: false,
    honestCases: "Most forms that check or compute what is entered.",
  },
  "pdf-embedded-executable": {
    title: "A PDF document with a program in it",
    explanation: "A program, script or shortcut is embedded in a PDF document.",
    isOnByDefault: true,
    honestCases: "None known: documents embed data and other documents.",
  },
  "archive-password-in-text": {
    title: "An encrypted archive whose password stands in the mail",
    explanation:
      "An archive is encrypted, its password stands in the same mail, and what is inside runs: that keeps scanners out and no one else.",
    isOnByDefault: true,
    honestCases: "Programs sent encrypted so that a mail server lets them pass. Documents sent so do not count.",
  },
  "display-name": {
    title: "A sender who shows another address",
    explanation: "The sender's display name has the address of another domain, or signs that only look like one.",
    isOnByDefault: false,
    honestCases: "Forwarders, ticket systems and some mailing lists.",
  },
};
