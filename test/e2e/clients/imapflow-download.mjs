/** Downloads an IMAP mailbox with imapflow: imapflow-download.mjs HOST PORT USER PASSWORD DIRECTORY
 *  All messages in one FETCH, then each again in pieces, as its download() does; both must be the same. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [host, port, user, pass, directory] = process.argv.slice(2);
const { ImapFlow } = createRequire(process.env.MAILWARD_TEST_IMAPFLOW || import.meta.url)("imapflow");
const client = new ImapFlow({
  host,
  port: Number(port),
  secure: false,
  doSTARTTLS: false,
  auth: { user, pass },
  logger: false,
});
await client.connect();
const lock = await client.getMailboxLock("INBOX");
const hashes = new Map();
for await (const { uid, source, bodyStructure, size } of client.fetch("1:*", {
  uid: true,
  source: true,
  bodyStructure: true,
  size: true,
})) {
  if (bodyStructure === undefined) throw new Error(`message ${uid} has no structure`);
  if (size === undefined) throw new Error(`message ${uid} has no size`);
  writeFileSync(join(directory, String(uid).padStart(6, "0")), source);
  hashes.set(uid, createHash("sha256").update(source).digest("hex"));
}
for (const [uid, hash] of hashes) {
  const { content } = await client.download(String(uid), undefined, { uid: true });
  const pieces = createHash("sha256");
  for await (const piece of content) pieces.update(piece);
  if (pieces.digest("hex") !== hash) throw new Error(`message ${uid} is another in pieces`);
}
lock.release();
await client.logout();
