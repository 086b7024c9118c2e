/** Thunderbird behind mailward, as its user drives it: offline sync, opening, moving, deleting, new mail by IDLE. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openMailbox } from "../support/imap-fetch.ts";
import { eicarMail, textMail } from "../support/sample-mail.ts";
import { startThunderbird, type Thunderbird, thunderbirdProblem } from "../support/thunderbird.ts";
import { contains, containsEicar } from "./eicar-search.ts";
import { executableProblem } from "./executable.ts";
import { type GuardedServer, MAIL_SERVERS, startGuarded } from "./mail-servers.ts";
import { variedMailbox } from "./mailbox.ts";

for (const server of MAIL_SERVERS) {
  const problem = thunderbirdProblem() ?? server.problem ?? executableProblem();

  describe.skipIf(problem !== undefined)(`Thunderbird and ${server.name}${problem ? ` (${problem})` : ""}`, () => {
    let guarded: GuardedServer;
    let thunderbird: Thunderbird | undefined;
    let samples = variedMailbox();

    beforeAll(async () => {
      guarded = await startGuarded(server);
      const messages = samples.map(({ message }) => message);
      const taken = await guarded.addUser("ann", messages);
      await guarded.addUser("bob", messages);
      samples = samples.filter((_, index) => taken[index]);
    });
    afterEach(async () => {
      await thunderbird?.stop();
      thunderbird = undefined;
    });
    afterAll(async () => {
      await guarded?.stop();
    });

    test("stores for offline use what the server has, without the malware", async () => {
      thunderbird = await startThunderbird({ ...guarded.through("ann"), isOffline: true });
      const uids = await synchronized(thunderbird, samples.length);
      const files = await thunderbird.run(OFFLINE_FILES);
      const contents = (Array.isArray(files) ? files : []).map((name) =>
        readFileSync(join(thunderbird?.mailDirectory ?? "", "INBOX", "cur", String(name))),
      );
      expect(contents).toHaveLength(uids.length);
      expect(wrongOnes(new Map(contents.entries()))).toEqual([]);
      const wire = guarded.clientTap.conversations().map((conversation) => conversation.server);
      for (const { name, message, isInfected } of samples) {
        if (isInfected || message.includes(0)) continue;
        const sent = asSent(message);
        expect(
          wire.some((octets) => octets.includes(sent)),
          name,
        ).toBe(true);
      }
      const everything = readdirSync(thunderbird.mailDirectory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
      expect(everything.filter(containsEicar)).toHaveLength(0);
    });

    test("opens large and infected messages in chunks, and shows the notice", async () => {
      thunderbird = await startThunderbird({ ...guarded.through("bob"), isOffline: false });
      const uids = await synchronized(thunderbird, samples.length, false);
      const opened = new Map<number, Buffer>();
      for (const [index, { message, isInfected }] of samples.entries()) {
        if (!isInfected && message.length < 100_000) continue;
        const octets = await thunderbird.run("return streamed(inbox, args[0])", uids[index]);
        opened.set(index, Buffer.from(String(octets), "base64"));
      }
      expect(opened.size).toBeGreaterThan(14);
      expect(wrongOnes(opened)).toEqual([]);
      const said = guarded.clientTap.conversations().map(({ client }) => client.toString("latin1"));
      expect(said.join("")).toMatch(/BODY\.PEEK\[\]<65536\.\d+>/);
      const shown = await thunderbird.run(SHOW, uids[named("EICAR behind two megabytes")]);
      expect(shown).toMatchObject({ text: expect.stringContaining("mailward") });
    });

    test("moves and deletes", async () => {
      await guarded.addUser(
        "cid",
        [1, 2, 3].map((id) => textMail(`${id}\r\n`, { id: `${id}`, subject: `mail ${id}` })),
      );
      thunderbird = await startThunderbird({ ...guarded.through("cid"), isOffline: true });
      const [first, second] = await synchronized(thunderbird, 3);
      await thunderbird.run(MOVE, first);
      await thunderbird.run(DELETE, second);
      const direct = guarded.direct("cid");
      const box = await openMailbox(direct.port, direct.user, direct.password, "INBOX");
      expect((await box.fetch(1, "BODY.PEEK[]")).item?.value).toEqual(
        textMail("3\r\n", { id: "3", subject: "mail 3" }),
      );
      expect((await box.fetch(2, "UID")).item).toBeUndefined();
      await box.command("SELECT kept");
      expect((await box.fetch(1, "BODY.PEEK[]")).item?.value).toEqual(
        textMail("1\r\n", { id: "1", subject: "mail 1" }),
      );
      box.close();
    });

    test("gets new mail by IDLE, infected mail too", async () => {
      await guarded.addUser("dan", [textMail()]);
      thunderbird = await startThunderbird({ ...guarded.through("dan"), isOffline: true });
      await synchronized(thunderbird, 1);
      await idling(guarded);
      const clean = textMail("it has come\r\n", { id: "new" });
      const direct = guarded.direct("dan");
      const box = await openMailbox(direct.port, direct.user, direct.password);
      for (const [index, message] of [clean, eicarMail({ id: "new-eicar" })].entries()) {
        await box.append("INBOX", message);
        await thunderbird.run("await until(() => headersOf(inbox).length === args[0])", index + 2);
      }
      box.close();
      const [, second, third] = await synchronized(thunderbird, 3);
      const stored = async (uid: unknown) =>
        Buffer.from(String(await thunderbird?.run("return streamed(inbox, args[0])", uid)), "base64");
      expect(textOf(await stored(second))).toBe(textOf(clean));
      expect(containsEicar(await stored(third))).toBe(false);
      expect(contains(await stored(third), Buffer.from("mailward"))).toBe(true);
    });

    test("connections are compressed on both sides, and none to the client carries the malware", () => {
      const taps = [guarded.clientTap, guarded.serverTap].map((tap) => tap.conversations());
      for (const conversations of taps) {
        // Thunderbird may leave before it asks, when a connection was only to find out something.
        const agreed = conversations.filter(({ isAgreed }) => isAgreed);
        expect(agreed.length).toBeGreaterThan(4);
        expect(agreed.map(({ isCompressed }) => isCompressed)).toEqual(agreed.map(() => true));
      }
      const [client = [], upstream = []] = taps;
      expect(client.filter((conversation) => containsEicar(conversation.server))).toHaveLength(0);
      expect(upstream.filter((conversation) => containsEicar(conversation.server))).not.toHaveLength(0);
    });

    function named(name: string): number {
      return samples.findIndex((sample) => sample.name === name);
    }

    /** Names of messages that are not what they should be, of those given by their place. */
    function wrongOnes(messages: ReadonlyMap<number, Buffer>): string[] {
      return samples.flatMap(({ name, message, isInfected }, index) => {
        const actual = messages.get(index);
        if (actual === undefined) return [];
        if (!isInfected) return textOf(actual) === textOf(message) ? [] : [`${name} is not identical`];
        if (containsEicar(actual)) return [`${name} holds the test file`];
        return contains(actual, Buffer.from("mailward")) ? [] : [`${name} has no notice`];
      });
    }
  });
}

/** Waits until the messages, and their contents if wanted, are there; answers their UIDs. */
async function synchronized(thunderbird: Thunderbird, count: number, isWhole = true): Promise<unknown[]> {
  const uids = await thunderbird.run(SYNCHRONIZE, count, isWhole);
  return Array.isArray(uids) ? uids : [];
}

/** Until the client waits for what the server has to say. */
async function idling({ clientTap }: GuardedServer): Promise<void> {
  await expect
    .poll(() => clientTap.conversations().some(({ client }) => /IDLE\r\n$/.test(client.toString("latin1"))), {
      timeout: 30_000,
    })
    .toBe(true);
}

/** Servers send CRLF. */
function asSent(message: Buffer): Buffer {
  return Buffer.from(message.toString("latin1").replace(/\r?\n/g, "\r\n"), "latin1");
}

/** Without what Thunderbird changes in what it keeps: it adds fields before the header and a last line end, and makes
 *  all line ends the same. (NUL comes as 0x80 from Dovecot.) */
function textOf(message: Buffer): string {
  const text = message.toString("latin1").replace(/^(?:X-Mozilla-[^\n]*\n)+/, "");
  return text
    .replace(/[\r\n]+/g, "\n")
    .replace(/\n$/, "")
    .replaceAll("\x80", "\0");
}

const SYNCHRONIZE = `
  const [count, isWhole] = args;
  const isMissing = ({ flags }) => isWhole && !(flags & Ci.nsMsgMessageFlags.Offline);
  await display(inbox);
  for (;;) {
    const headers = headersOf(inbox);
    if (headers.length === count && !headers.some(isMissing)) return headers.map(({ messageKey }) => messageKey);
    if (headers.length === count) await download(inbox);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }`;

const OFFLINE_FILES = "return headersOf(inbox).map((header) => header.storeToken)";

/** Selects the message, and reads what the user sees. */
const SHOW = `
  const about3Pane = await display(inbox);
  about3Pane.selectMessage(await header(inbox, args[0]));
  const browser = await until(() => about3Pane.messageBrowser?.contentWindow);
  await until(() => browser.gMessage?.messageKey === args[0] && browser.msgLoaded);
  const { body } = browser.getMessagePaneBrowser().contentDocument;
  return { text: body.textContent, attachments: browser.currentAttachments.map(({ name }) => name) };`;

const MOVE = `
  server.rootFolder.createSubfolder("kept", null);
  const kept = await until(() => server.rootFolder.subFolders.find(({ name }) => name === "kept"));
  const moved = [await header(inbox, args[0])];
  await finished((listener) => MailServices.copy.copyMessages(inbox, moved, kept, true, listener, null, false));`;

const DELETE = `
  const deleted = [await header(inbox, args[0])];
  await finished((listener) => inbox.deleteMessages(deleted, null, false, true, listener, false));`;
