/** Senders that show another address than their own: mail programs show the display name alone. */
import { decodeWords } from "../../../mime/encoded-word.ts";

/** Whether the From field (RFC 5322 §3.6.2) of a header has a display name with the address of another domain, or
 *  characters that only serve to look like one. */
export function hasImitatedSender(header: Buffer): boolean {
  const value = fromValue(header.toString("latin1", 0, MAX_HEADER_BYTES));
  const open = value.lastIndexOf("<");
  if (open < 0) return false;
  const [own] = ADDRESS.exec(value.slice(open)) ?? [];
  const display = utf8(decodeWords(value.slice(0, open)));
  if (LOOKALIKE.test(display)) return true;
  const [shown] = ADDRESS.exec(display) ?? [];
  // Mailing lists write "'person@example.org' via List".
  if (shown === undefined || own === undefined || / via /i.test(display)) return false;
  return organization(shown) !== organization(own);
}

function fromValue(header: string): string {
  const [, value = ""] =
    /(?:^|\n)From[ \t]{0,8}:([^\r\n]{0,4000}(?:\r?\n[ \t][^\r\n]{0,1000}){0,20})/i.exec(header) ?? [];
  return value.replace(/\r?\n[ \t]/g, " ");
}

/** Names of one organization differ in what is before its domain. */
function organization(address: string): string {
  return address
    .slice(address.lastIndexOf("@") + 1)
    .toLowerCase()
    .split(".")
    .slice(-2)
    .join(".");
}

/** 8-bit octets that are UTF-8 (RFC 6532) as such. */
function utf8(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text;
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  return decoded.includes("\ufffd") ? text : decoded;
}

const ADDRESS = /[\w.!#$%&'*+/=?^{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/;
/** Other signs for "@", and marks that turn or hide text. */
const LOOKALIKE = /[\uff20\ufe6b\u202a-\u202e\u2066-\u2069]/;
const MAX_HEADER_BYTES = 64 * 1024;
