import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sectionLimits } from "../../../../src/core/section-limits.ts";
import { previewOf } from "../../../../src/mime/sections/preview.ts";
import { mimeShapes } from "../../../support/mime-shapes.ts";

const octets = (text: string): Buffer => Buffer.from(text, "latin1");

describe("previewOf()", () => {
  test("is the first text on one line", () => {
    expect(previewOf(octets("Subject: s\r\n\r\n  one\r\n\r\n\ttwo  three\r\n"))).toBe("one two three");
    const mixed = mimeShapes().find(({ name }) => name === "mixed")?.message ?? Buffer.alloc(0);
    expect(previewOf(mixed)).toBe("some text of two lines");
  });

  test("undoes encodings and charsets", () => {
    const part = (encoding: string, body: string): string =>
      previewOf(
        octets(`Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`),
      );
    expect(part("base64", "Z3LDvMOf")).toBe("grüß");
    expect(part("quoted-printable", "gr=C3=BC=\r\n=C3=9F")).toBe("grüß");
    expect(previewOf(octets("Content-Type: text/plain; charset=iso-8859-1\r\n\r\ngr\xfc\xdf"))).toBe("grüß");
  });

  test("leaves markup and what nobody is shown out", () => {
    const html = "<html><head><title>t</title></head><style>s</style><!-- c --><p>a&amp;b</p><p>c &#x41;<br>d</p>";
    expect(previewOf(octets(`Content-Type: text/html\r\n\r\n${html}`))).toBe("a&b c A d");
    expect(previewOf(octets("Content-Type: text/html\r\n\r\n<script>never closed"))).toBe("");
    expect(previewOf(octets("Subject: s\r\n\r\na\u00adb\u0000c\u001b[31m"))).toBe("abc[31m");
  });

  test("is empty without a text", () => {
    expect(previewOf(Buffer.alloc(0))).toBe("");
    expect(previewOf(octets("Content-Type: image/png\r\n\r\nx"))).toBe("");
  });

  test("is cut at 200 characters, and none of them in two", () => {
    const message = Buffer.from(`Content-Type: text/plain; charset=utf-8\r\n\r\n${"😀".repeat(300)}`);
    expect(previewOf(message)).toBe("😀".repeat(sectionLimits.previewCharacters));
  });

  test("never throws, and is one line whatever the message", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom("plain", "html"), (body, type) => {
        const head = octets(`Content-Type: text/${type}; charset=utf-16\r\n\r\n`);
        const preview = previewOf(Buffer.concat([head, body]));
        expect(preview).not.toMatch(/[\r\n\0]/);
        expect(preview.isWellFormed()).toBe(true);
      }),
    );
  });
});
