import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { buildZip } from "../../../../support/build-zip.ts";
import { judgeContent } from "../../../../support/content-scanner.ts";
import { buildMail } from "../../../../support/evasion.ts";

const SAVE =
  "var b=new Blob([d],{type:'octet/stream'});var u=window.URL.createObjectURL(b);var a=document.createElement('a');a.href=u;a.download='invoice.zip';a.click();";
const CARGO = buildZip([{ name: "readme.txt", content: randomBytes(2_000), method: "store" }]);
const DIGITS = CARGO.toString("base64");
const PNG = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), randomBytes(6_000)]);

describe("html-smuggling", () => {
  test.each([
    ["in a string", `<script>var d=atob("${DIGITS}");${SAVE}</script>`],
    [
      "in strings that are added",
      `<script>var d=atob("${DIGITS.slice(0, 900)}"+"${DIGITS.slice(900)}");${SAVE}</script>`,
    ],
    ["in an array", `<script>var d=new Uint8Array([${[...CARGO].join(",")}]);${SAVE}</script>`],
    ["in an element", `<div id="x" hidden>${DIGITS}</div><script>var d=atob(x.innerText);${SAVE}</script>`],
    [
      "encrypted",
      `<script>var d=atob("${randomBytes(9_000).toString("base64").slice(0, 6_000)}"+"${randomBytes(3_000).toString("base64")}");${SAVE}</script>`,
    ],
    ["for an old browser", `<script>navigator.msSaveOrOpenBlob(new Blob([atob("${DIGITS}")]),"a.zip")</script>`],
    [
      "by names that are put together",
      `<script>var d=atob("${DIGITS}");window["URL"]["createObj"+"ectURL"](new Blob([d]))</script>`,
    ],
    [
      "as an address that is clicked",
      `<a id="a" download="a.zip" href="data:application/zip;base64,${DIGITS}"></a><script>a.click()</script>`,
    ],
  ])("is found when a page carries a file %s and saves it", (_name, page) => {
    expect(names(page)).toContain("Heuristics.html-smuggling");
  });

  test.each([
    [
      "saves a table that it shows",
      `<table><tr><td>1</td></tr></table><script>var d=document.body.innerText;${SAVE}</script>`,
    ],
    ["saves text that it has", `<script>var d=${JSON.stringify("a,b,c\n".repeat(900))};${SAVE}</script>`],
    [
      "shows a picture and saves a chart",
      `<img src="data:image/png;base64,${PNG.toString("base64")}"><script>var d=chart.svg();${SAVE}</script>`,
    ],
    [
      "has a picture in its script",
      `<script>var logo="${PNG.toString("base64").slice(0, 999)}"+"${PNG.toString("base64").slice(999)}";${SAVE}</script>`,
    ],
    ["carries a small file", `<script>var d=atob("${CARGO.subarray(0, 600).toString("base64")}");${SAVE}</script>`],
    ["carries a file and does not save it", `<script>var d=atob("${DIGITS}");show(d)</script>`],
    ["has no script", `<a download="a.zip" href="data:application/zip;base64,${DIGITS}">save</a>`],
  ])("is not found when a page %s", (_name, page) => {
    expect(names(page)).not.toContain("Heuristics.html-smuggling");
  });
});

function names(page: string): string[] {
  const body = Buffer.from(`<!DOCTYPE html><html><body>${page}</body></html>`)
    .toString("base64")
    .replace(/.{76}/g, "$&\r\n");
  const message = buildMail({ partFields: ["Content-Type: text/html", "Content-Transfer-Encoding: base64"], body });
  return judgeContent(message).detections.map(({ name }) => name);
}
