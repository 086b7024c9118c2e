/** Mails that hide what they carry in more than one way at once, or in a mail in the mail. */
import { gzipSync } from "node:zlib";
import { ebcdic } from "./build-charsets.ts";
import { buildMail, type Evasion } from "./evasion.ts";

export const nestedEvasions: readonly Evasion[] = [
  // What the octets themselves do not show.
  inMessage("EBCDIC behind other octets", "ibm037", (payload) =>
    Buffer.concat([Buffer.alloc(40, 0xe9), ebcdic(payload)]),
  ),
  inMessage("UTF-16 behind other writing", "utf-16be", (payload) =>
    Buffer.from(`${"\u4e2d\u6587\u5b57".repeat(300)}${payload.toString("latin1")}`, "utf16le").swap16(),
  ),
  styled("an address in hexadecimal escapes", (digits) => `url(data:x;base64,${escaped(digits)})`),
  styled("an address with line ends in it", (digits) => `url("data:x;base64,${digits.replace(/.{4}/g, "$&\\\n")}")`),
  styled("a scheme in escapes", (digits) => `url(d\\61 t\\000061:x;base64,${escaped(digits)})`),
  {
    name: "nested: an attribute with an address in escapes and references",
    build: (payload) => page(`<p style="background:url(data&#58;x;base64,${escaped(payload.toString("base64"))})">`),
  },
];

function inMessage(name: string, charset: string, encode: (payload: Buffer) => Buffer): Evasion {
  return {
    name: `nested: ${name}, declared in a message that is attached`,
    build(payload) {
      const inner = buildMail({
        partFields: [`Content-Type: text/plain; charset=${charset}`, "Content-Transfer-Encoding: base64"],
        body: base64(encode(payload)),
      });
      return buildMail({
        partFields: ["Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"],
        body: base64(inner),
      });
    },
  };
}

function styled(name: string, style: (digits: string) => string): Evasion {
  return {
    name: `nested: ${name} in a style`,
    build: (payload) => page(`<style>p { background: ${style(gzipSync(payload).toString("base64"))} }</style>`),
  };
}

function page(body: string): Buffer {
  return buildMail({ partFields: ["Content-Type: text/html"], body: `<html>${body}</html>` });
}

function escaped(text: string): string {
  return [...text].map((character) => `\\${character.charCodeAt(0).toString(16)} `).join("");
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/.{76}/g, "$&\r\n");
}
