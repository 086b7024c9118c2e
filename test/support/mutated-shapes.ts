/** Messages of known shapes with pieces put in and taken out, the same ones for the same seed. */
import { type MimeShape, mimeShapes } from "./mime-shapes.ts";

/** All line ends are CRLF: servers that keep others deliver them as such. */
export function mutatedShapes(count: number, seed: number): MimeShape[] {
  const shapes = mimeShapes();
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return Array.from({ length: count }, (_, index) => {
    const shape = shapes[below(shapes.length)];
    let text = shape?.message.toString("latin1") ?? "";
    for (let changes = 1 + below(8); changes > 0; changes -= 1) {
      const at = below(text.length + 1);
      const put = below(4) > 0 ? (PIECES[below(PIECES.length)] ?? "") : "";
      text = text.slice(0, at) + put + text.slice(at + below(3) * below(6));
    }
    return { name: `${index} of ${shape?.name}`, message: Buffer.from(text.replace(/\r?\n|\r/g, "\r\n"), "latin1") };
  });
}

const PIECES = [
  ...'()<>@,;:"\\ =/.[]\t\xe9',
  ...["--b\r\n", "--b--\r\n", "\r\n", "--out\r\n", "--in--\r\n", "--", "*0", "To: ", "\r\n ", "Content-Disposition: x"],
  ...["Content-Type: message/rfc822\r\n", "Content-Type: multipart/mixed; boundary=b\r\n\r\n"],
];
