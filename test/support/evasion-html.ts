/** Mails whose HTML, pictures or scripts hide what they carry, each with one technique. */
import { buildMail, type Evasion } from "./evasion.ts";
import { hidingFiles, hidingScripts } from "./evasion-scripts.ts";

export const htmlEvasions: readonly Evasion[] = [
  ...textTricks(),
  ...addressTricks(),
  ...scriptTricks(),
  ...fileTricks(),
];

/** Text that is read as the payload and written as something else. */
function textTricks(): Evasion[] {
  const codes = (payload: Buffer, code: (octet: number) => string): string => [...payload].map(code).join("");
  const between = (payload: Buffer, text: string): string => payload.toString("latin1").split("").join(text);
  const pages: Record<string, (payload: Buffer) => string> = {
    "decimal references": (payload) => `<p>${codes(payload, (octet) => `&#${octet};`)}</p>`,
    "decimal references with zeros": (payload) => `<p>${codes(payload, (octet) => `&#0000${octet};`)}</p>`,
    "hexadecimal references": (payload) => `<p>${codes(payload, (octet) => `&#x${octet.toString(16)};`)}</p>`,
    "references without semicolons": (payload) => `<p>${codes(payload, (octet) => `&#${octet}`)}</p>`,
    "references without any tag": (payload) => codes(payload, (octet) => `&#${octet};`),
    "names of characters": (payload) => `<p>${named(payload)}</p>`,
    "comments between the letters": (payload) => `<p>${between(payload, "<!-- x -->")}</p>`,
    "odd comments between the letters": (payload) => `<p>${between(payload, "<!--><!---><!x><?y>")}</p>`,
    "tags between the letters": (payload) => `<p>${between(payload, "<b></b>")}</p>`,
    "tags with signs in their values": (payload) => `<p>${between(payload, '<i title="a>b"></i>')}</p>`,
    "places for breaks": (payload) => `<p>${between(payload, "<wbr>")}</p>`,
    "soft hyphens": (payload) => `<p>${between(payload, "&shy;")}</p>`,
    "characters that are not seen": (payload) => `<p>${between(payload, "\u200b\u2060\ufeff")}</p>`,
    "references to characters that are not seen": (payload) =>
      `<p>${between(payload, "&#8203;&zwnj;&ZeroWidthSpace;")}</p>`,
    "an attribute": (payload) => `<p title="${codes(payload, (octet) => `&#${octet};`)}">`,
    "a comment with references": (payload) => `<p><!-- ${codes(payload, (octet) => `&#${octet};`)} -->`,
    "a text area with the beginning of a comment": (payload) =>
      `<textarea><!--</textarea><p>${between(payload, "<i></i>")}</p>-->`,
    "a title with an open script": (payload) => `<title><script></title><p>${between(payload, "<i></i>")}</p></script>`,
    "a comment that is not closed": (payload) => `<p>a <!-- b <p>${between(payload, "<i></i>")}`,
    "base64 in paragraphs": (payload) => `<p>${payload.toString("base64").replace(/.{20}/g, "$&</p><p>")}</p>`,
    "base64 in table cells": (payload) =>
      `<table><tr><td>${payload.toString("base64").replace(/.{9}/g, "$&<b></b>")}</table>`,
    "a document in an attribute": (payload) =>
      `<iframe srcdoc="&lt;p&gt;${between(payload, "&lt;b&gt;").replaceAll('"', "&quot;")}"></iframe>`,
    "entities that the document declares": (payload) =>
      `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "${part(payload, 0)}"><!ENTITY b "&a;${part(payload, 1)}">]><svg><text>&b;</text></svg>`,
  };
  return Object.entries(pages).map(([name, page]) => html(`html: ${name}`, page));
}

/** Addresses with their content in them. */
function addressTricks(): Evasion[] {
  const base64 = (payload: Buffer): string => `data:application/octet-stream;base64,${payload.toString("base64")}`;
  const percents = (payload: Buffer): string =>
    [...payload].map((octet) => `%${octet.toString(16).padStart(2, "0")}`).join("");
  const references = (text: string): string => text.replace(/[a-zA-Z]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const pages: Record<string, (payload: Buffer) => string> = {
    "in a link": (payload) => `<a download="a.com" href="${base64(payload)}">open</a>`,
    "in a link without quotes": (payload) => `<a href=${base64(payload)}>open</a>`,
    "percent-encoded": (payload) => `<a href="data:text/plain,${percents(payload)}">open</a>`,
    "percent-encoded base64": (payload) =>
      `<a href='data:;base64,${[...payload.toString("base64")].map((digit) => `%${digit.charCodeAt(0).toString(16)}`).join("")}'>open</a>`,
    "blanks and line ends within": (payload) =>
      `<a href=" da\nta: x/y ; base64 ,${payload.toString("base64").replace(/.{5}/g, "$& \r\n")}">open</a>`,
    "letters as references": (payload) => `<iframe src="${references(base64(payload))}"></iframe>`,
    "upper case": (payload) => `<embed src="DATA:X/Y;BASE64,${payload.toString("base64").replace(/.{11}/g, "$&\n")}">`,
    "a refresh": (payload) => `<meta http-equiv="refresh" content="0; url=data:text/html,${percents(payload)}">`,
    "a style": (payload) => `<style>p { background: url( 'data:x/y,${percents(payload)}' ) }</style>`,
    "a style of one element": (payload) => `<p style="background:url(data:x/y,${percents(payload)})">`,
    "a page in an address": (payload) =>
      `<iframe src="data:text/html,${encodeURIComponent(`<p>${payload.toString("latin1").split("").join("<b>")}</p>`)}"></iframe>`,
    "a picture in a picture": (payload) =>
      `<svg><image xlink:href="data:image/svg+xml,${percents(Buffer.from(`<svg><text>${payload.toString("latin1")}</text></svg>`))}"/></svg>`,
  };
  return Object.entries(pages).map(([name, page]) => html(`address: ${name}`, page));
}

/** Scripts that put a file together. */
function scriptTricks(): Evasion[] {
  return Object.entries(hidingScripts).map(([name, script]) =>
    html(`script: ${name}`, (payload) => `<html><script>${script(payload)}</script>`),
  );
}

/** The same as files, and in other places than script elements. */
function fileTricks(): Evasion[] {
  return Object.entries(hidingFiles).map(([name, file]) => ({
    name: `file: ${name}`,
    build: (payload) => {
      const text = file(payload);
      const content = Buffer.from(text, text.startsWith("\ufeff") ? "utf16le" : "latin1");
      return buildMail({ body: content.toString("base64").replace(/.{76}/g, "$&\r\n") });
    },
  }));
}

function html(name: string, page: (payload: Buffer) => string): Evasion {
  return {
    name,
    build: (payload) =>
      buildMail({
        partFields: ["Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: base64"],
        body: Buffer.from(page(payload), "utf8").toString("base64").replace(/.{76}/g, "$&\r\n"),
      }),
  };
}

function part(payload: Buffer, index: 0 | 1): string {
  const text = payload.toString("latin1");
  return index === 0 ? text.slice(0, 20) : text.slice(20);
}

function named(payload: Buffer): string {
  const names: Readonly<Record<string, string>> = {
    "!": "excl",
    "%": "percnt",
    "@": "commat",
    "[": "lsqb",
    "\\": "bsol",
    "(": "lpar",
    ")": "rpar",
    "^": "Hat",
    "}": "rcub",
    $: "dollar",
    "+": "plus",
    "*": "ast",
  };
  return [...payload.toString("latin1")]
    .map((character) => (names[character] === undefined ? character : `&${names[character]};`))
    .join("");
}
