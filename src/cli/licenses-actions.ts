/** What `mailward licenses` does. */
import { getAsset, isSea } from "node:sea";
import { UserError } from "../core/errors.ts";
import { type CarriedLicense, carriedLicenses } from "./carried-licenses.ts";
import type { CliContext } from "./context.ts";

/** Prints all texts, or as JSON the list without them. */
export function printLicenses(asJson: boolean, context: CliContext): number {
  const carried = carriedLicenses();
  if (carried === undefined) {
    throw new UserError("Cannot print the licences: this is the source, which contains nothing of others", {
      hint: "npm run build writes dist/NOTICE and a program that can print it",
    });
  }
  const all = [...carried, ...runtimeLicense()];
  if (asJson) {
    const list = all.map(({ name, version, license }) => ({ name, version, license }));
    context.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
  } else {
    for (const one of all) context.stdout.write(licenseText(one));
  }
  return 0;
}

function licenseText({ name, version, license, text }: CarriedLicense): string {
  return `${RULE}\n${name} ${version} (${license})\n\n${text.trimEnd()}\n\n`;
}

/** The single executable contains Node. */
function runtimeLicense(): CarriedLicense[] {
  if (!isSea()) return [];
  const text = getAsset("NOTICE-node", "utf8");
  return [{ name: "Node.js", version: process.versions.node, license: "MIT", text }];
}

const RULE = "=".repeat(78);
