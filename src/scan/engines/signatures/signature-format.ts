/** ClamAV's kinds of database files, told by their names as ClamAV tells them. */

/** What lines of a file are. `known` are files of ClamAV that hold nothing to scan with here, `optional` those of
 *  potentially unwanted applications, which ClamAV leaves out as well unless it is told to use them. */
export type SignatureFormat =
  | { readonly kind: "digests" | "known-good"; readonly name: string }
  | { readonly kind: "sections"; readonly name: string }
  | { readonly kind: "body" | "old-body" | "logical" | "container" | "ignored"; readonly name: string }
  | { readonly kind: "database"; readonly name: string }
  | { readonly kind: "optional"; readonly name: string; readonly same: string }
  | { readonly kind: "known"; readonly name: string; readonly what: string };

/** Undefined for a name that is none of ClamAV's. `COPYING` and the like in containers are none either. */
export function signatureFormat(path: string): SignatureFormat | undefined {
  const name = /\.([A-Za-z0-9]{1,4})$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const kind = KINDS[name];
  if (kind !== undefined) return { kind, name };
  const same = OPTIONAL[name];
  if (same !== undefined) return { kind: "optional", name, same };
  const what = KNOWN[name];
  return what === undefined ? undefined : { kind: "known", name, what };
}

const KINDS: Readonly<
  Record<
    string,
    "digests" | "known-good" | "sections" | "body" | "old-body" | "logical" | "container" | "ignored" | "database"
  >
> = {
  hdb: "digests",
  hsb: "digests",
  fp: "known-good",
  sfp: "known-good",
  mdb: "sections",
  msb: "sections",
  ndb: "body",
  sdb: "body",
  db: "old-body",
  ldb: "logical",
  cdb: "container",
  ign: "ignored",
  ign2: "ignored",
  cvd: "database",
  cld: "database",
  cud: "database",
};

const OPTIONAL: Readonly<Record<string, string>> = {
  hdu: "hdb",
  hsu: "hsb",
  mdu: "mdb",
  msu: "msb",
  ndu: "ndb",
  ldu: "ldb",
};

const KNOWN: Readonly<Record<string, string>> = {
  cbc: "bytecode",
  ftm: "file types",
  info: "information about the database",
  cfg: "settings of ClamAV",
  pdb: "phishing addresses",
  gdb: "phishing addresses",
  wdb: "harmless addresses",
  idb: "icons",
  crb: "certificates",
  cat: "catalogues of signed files",
  imp: "digests of import tables",
  ioc: "OpenIOC",
  pwdb: "passwords for archives",
  yar: "YARA rules: the setting yara.rules is for them",
  yara: "YARA rules: the setting yara.rules is for them",
  zmd: "metadata of zip archives in an older form",
  rmd: "metadata of rar archives in an older form",
};
