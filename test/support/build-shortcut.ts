/** Windows shortcuts [MS-SHLLINK] and OneNote sections [MS-ONESTORE] built by hand. */

export interface ShortcutPlan {
  /** A path with variables, in a block of extra data. */
  readonly target?: string;
  readonly commandLine?: string;
  readonly icon?: string;
  /** Octets behind the shortcut. */
  readonly appended?: Buffer;
  readonly isAnsi?: boolean;
}

export function buildShortcut({ target, commandLine, icon, appended, isAnsi = false }: ShortcutPlan): Buffer {
  const header = Buffer.alloc(76);
  header.write("4c0000000114020000000000c000000000000046", 0, "hex");
  const flags = (commandLine === undefined ? 0 : 0x20) | (icon === undefined ? 0 : 0x40) | (isAnsi ? 0 : 0x80);
  header.writeUInt32LE(flags | (target === undefined ? 0 : 0x200), 20);
  const text = (value: string): Buffer => {
    const count = Buffer.alloc(2);
    count.writeUInt16LE(value.length);
    return Buffer.concat([count, Buffer.from(value, isAnsi ? "latin1" : "utf16le")]);
  };
  const parts: Buffer[] = [header];
  if (commandLine !== undefined) parts.push(text(commandLine));
  if (icon !== undefined) parts.push(text(icon));
  if (target !== undefined) parts.push(environmentBlock(target));
  parts.push(Buffer.alloc(4), appended ?? Buffer.alloc(0));
  return Buffer.concat(parts);
}

function environmentBlock(target: string): Buffer {
  const block = Buffer.alloc(0x314);
  block.writeUInt32LE(0x314, 0);
  block.writeUInt32LE(0xa0000001, 4);
  block.write(target, 8, 259, "latin1");
  block.write(target, 268, 518, "utf16le");
  return block;
}

/** A section with embedded files, and the name of one if it is given. */
export function buildOneNote(files: readonly Buffer[], name?: string): Buffer {
  const parts: Buffer[] = [Buffer.from("e4525c7b8cd8a74daeb15378d02996d3", "hex"), Buffer.alloc(1008, 0x11)];
  if (name !== undefined) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(name.length * 2);
    parts.push(length, Buffer.from(name, "utf16le"), Buffer.alloc(6));
  }
  for (const file of files) {
    const header = Buffer.alloc(36);
    header.write("e716e3bd65261145a4c48d4d0b7a9eac", 0, "hex");
    header.writeUInt32LE(file.length, 16);
    const padding = Buffer.alloc((8 - (file.length % 8)) % 8);
    parts.push(header, file, padding, Buffer.from("22a7fb71790f0b4abb13899256426b24", "hex"));
  }
  return Buffer.concat(parts);
}
