/** Objects as documents embed them, built by hand: packages, objects of OLE 1, formulas, links, RTF with them. */

/** What `\x01Ole10Native` holds: a length, and a package with a file. */
export function ole10Native(name: string, content: Buffer): Buffer {
  const data = packagedFile(name, content);
  return Buffer.concat([uint32(data.length), data]);
}

/** A package without the length, as in objects of OLE 1. */
export function packagedFile(name: string, content: Buffer): Buffer {
  const path = `C:\\Temp\\${name}`;
  return Buffer.concat([
    uint16(2),
    text(name),
    text(path),
    uint16(0),
    uint16(3),
    uint32(path.length + 1),
    text(path),
    uint32(content.length),
    content,
  ]);
}

/** An embedded object of OLE 1. */
export function oldObject(className: string, native: Buffer): Buffer {
  const presentation = Buffer.concat([uint32(0x501), uint32(0)]);
  return Buffer.concat([
    uint32(0x501),
    uint32(2),
    uint32(className.length + 1),
    text(className),
    uint32(0),
    uint32(0),
    uint32(native.length),
    native,
    presentation,
  ]);
}

/** A linked object of OLE 1. */
export function oldLink(className: string, target: string): Buffer {
  const words = [className, target, ""].map((word) => Buffer.concat([uint32(word.length + 1), text(word)]));
  return Buffer.concat([uint32(0x501), uint32(1), ...words, Buffer.alloc(16)]);
}

/** The `\x01Ole` stream of an object that is linked to a web address. */
export function urlMonikerStream(url: string): Buffer {
  const address = Buffer.from(`${url}\0`, "utf16le");
  return Buffer.concat([
    Buffer.from("01000002090000000100000000000000", "hex"),
    uint32(0),
    uint32(address.length + 20),
    Buffer.from("e0c9ea79f9bace118c8200aa004ba90b", "hex"),
    uint32(address.length),
    address,
  ]);
}

/** Native data of an equation: its header, and a formula whose font has the name. */
export function equationNative(font: Buffer = Buffer.from("Times New Roman")): Buffer {
  const formula = Buffer.concat([
    Buffer.from([3, 1, 1, 3, 10]),
    Buffer.from([10, 1, 8, 1, 0]),
    font,
    Buffer.from([0, 2, 0x83, 0x78, 0, 0, 0]),
  ]);
  const header = Buffer.alloc(28);
  header.writeUInt16LE(28, 0);
  header.writeUInt32LE(0x00020000, 2);
  header.writeUInt32LE(formula.length, 8);
  return Buffer.concat([header, formula]);
}

/** A letter in RTF with an object in it. */
export function rtfWithObject(data: string, className = "Package"): string {
  return `{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}Dear reader,\\par{\\object\\objemb{\\*\\objclass ${className}}{\\*\\objdata ${data}}}yours\\par}`;
}

/** Hexadecimal digits in lines. */
export function hexLines(bytes: Buffer): string {
  return bytes.toString("hex").replace(/.{64}/g, "$&\r\n");
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, "latin1");
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
