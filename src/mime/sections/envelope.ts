/** ENVELOPE of a message (RFC 9051 §7.5.2). */
import { sectionLimits } from "../../core/section-limits.ts";
import { type EnvelopeAddress, parseAddresses } from "./addresses.ts";
import { imapString, readableString, unfoldedString } from "./imap-string.ts";
import { fieldValue, type Part } from "./part-tree.ts";

/** The fields of the structure, without parentheses, one character per octet. Of a text that is given more than once the
 *  last one counts; addresses of several fields are put together, so that a client sees all that another one may see.
 *  Undefined when there are too many of them. */
export function envelopeFields(bytes: Buffer, message: Part): string | undefined {
  let count = 0;
  const texts = new Map<string, string>();
  const addresses = new Map<string, EnvelopeAddress[]>();
  for (const field of message.fields) {
    if (TEXTS.has(field.name)) texts.set(field.name, fieldValue(bytes, field));
    else if (ADDRESSES.has(field.name)) {
      const found = parseAddresses(fieldValue(bytes, field));
      count += found.length;
      if (count >= sectionLimits.addresses) return undefined;
      const known = addresses.get(field.name);
      if (known === undefined) addresses.set(field.name, found);
      else for (const address of found) known.push(address);
    }
  }
  const list = (name: string): string => addressList(addresses.get(name));
  const from = list("from");
  const orFrom = (name: string): string => (list(name) === "NIL" ? from : list(name));
  return [
    unfoldedString(texts.get("date")),
    readableString(texts.get("subject")),
    from,
    orFrom("sender"),
    orFrom("reply-to"),
    list("to"),
    list("cc"),
    list("bcc"),
    unfoldedString(texts.get("in-reply-to")),
    unfoldedString(texts.get("message-id")),
  ].join(" ");
}

function addressList(addresses: readonly EnvelopeAddress[] | undefined): string {
  if (addresses === undefined || addresses.length === 0) return "NIL";
  return `(${addresses.map(addressText).join("")})`;
}

function addressText({ name, route, mailbox, host }: EnvelopeAddress): string {
  return `(${readableString(name)} ${imapString(route)} ${imapString(mailbox)} ${imapString(host)})`;
}

const TEXTS: ReadonlySet<string> = new Set(["date", "subject", "in-reply-to", "message-id"]);
const ADDRESSES: ReadonlySet<string> = new Set(["from", "sender", "reply-to", "to", "cc", "bcc"]);
