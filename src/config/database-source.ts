/** A source of signatures that is fetched: an address, and after `#` what is known of it. */
import { addressScope } from "../core/address-scope.ts";
import { databaseLimits } from "../core/limits.ts";
import { readUrl } from "./engine-address.ts";
import { invalid, ok, type Parsed } from "./parsed.ts";

export interface DatabaseSource {
  /** The name of its file, and what commands call it. */
  readonly name: string;
  /** Without a fragment. */
  readonly url: string;
  /** Of the file as it is served or as it is unpacked, in hexadecimal. */
  readonly sha256: string | undefined;
  /** A name, or the address of a text. */
  readonly license: string | undefined;
  /** Somebody said that it may come unencrypted. */
  readonly allowsHttp: boolean;
}

export const DATABASE_SOURCE_FORM =
  "addresses such as https://example.org/own.hdb, with #sha256=…, #license=…, #name=… and #http=allowed, joined by &";

/** The fragment is a list of fields as in a form. */
export function parseDatabaseSource(text: string): Parsed<DatabaseSource> {
  const checked = readUrl(text, ["https:", "http:"]);
  if (checked.type === "invalid") return checked;
  const url = new URL(text.trim());
  const fields = new URLSearchParams(url.hash.slice(1));
  url.hash = "";
  const unknown = [...fields.keys()].find((field) => !FIELDS.has(field));
  if (unknown !== undefined) return invalid(`"${unknown}" after # means nothing`);
  const sha256 = fields.get("sha256")?.toLowerCase();
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) return invalid("a SHA-256 has 64 hexadecimal digits");
  const http = fields.get("http");
  if (http !== null && http !== "allowed") return invalid('"http" after # can only be "allowed"');
  if (!isSafeAddress(url, http === "allowed")) return invalid(UNENCRYPTED);
  const name = fields.get("name") ?? nameOf(url);
  const problem = sourceNameProblem(name);
  if (problem !== undefined) return invalid(problem);
  const license = fields.get("license")?.trim() || undefined;
  return ok({ name, url: url.href, sha256, license, allowsHttp: http === "allowed" });
}

/** The text that parseDatabaseSource() makes `source` of. */
export function formatDatabaseSource({ name, url, sha256, license, allowsHttp }: DatabaseSource): string {
  const fields = new URLSearchParams();
  if (name !== nameOf(new URL(url))) fields.set("name", name);
  if (sha256 !== undefined) fields.set("sha256", sha256);
  if (license !== undefined) fields.set("license", license);
  if (allowsHttp) fields.set("http", "allowed");
  const fragment = fields.toString();
  return fragment === "" ? url : `${url}#${fragment}`;
}

/** What keeps `name` from being the name of a source. It is a file's name, in every file system. */
export function sourceNameProblem(name: string): string | undefined {
  if (name.length > databaseLimits.nameCharacters)
    return `the name has more than ${databaseLimits.nameCharacters} characters`;
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return undefined;
  return `"${name}" is no name for it: letters, digits, dots, hyphens and underscores are; #name=… gives another one`;
}

/** Whether a file may be fetched from there: encrypted, or from this machine, or when somebody said so. */
export function isSafeAddress(url: URL, allowsHttp: boolean): boolean {
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && (allowsHttp || isThisMachine(url.hostname));
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || addressScope(host.replace(/^\[|\]$/g, "")) === "loopback";
}

/** The last step of the path; what is packed is kept unpacked. */
function nameOf(url: URL): string {
  const last = url.pathname.split("/").findLast((step) => step !== "") ?? "";
  return decoded(last).replace(/\.gz$/i, "");
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

const FIELDS: ReadonlySet<string> = new Set(["name", "sha256", "license", "http"]);
const UNENCRYPTED = "it is fetched unencrypted, and anybody on the way could change it; #http=allowed allows that";
