/** Tells installers among programs by the marks that the usual makers of installers leave. */

/** Looks at the beginning and the end alone: manifests and loaders are there. */
export function isInstallerProgram(bytes: Buffer): boolean {
  const head = bytes.subarray(0, HEAD_BYTES);
  const tail = bytes.subarray(Math.max(head.length, bytes.length - TAIL_BYTES));
  return MARKS.some((mark) => head.indexOf(mark) >= 0 || tail.indexOf(mark) >= 0);
}

const HEAD_BYTES = 256 * 1024;
const TAIL_BYTES = 64 * 1024;
const MARKS = [
  "Nullsoft.NSIS",
  "NullsoftInst",
  "Inno Setup Setup Data",
  "JR.Inno.Setup",
  "InstallShield",
  "WixBurn",
  ".wixburn",
  "WiseMain",
  "7zS.sfx",
].map((mark) => Buffer.from(mark, "latin1"));
