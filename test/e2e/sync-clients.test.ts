/** Clients that keep copies of mailboxes, behind mailward: clean mail identical, no malware, and nothing to do twice. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { containsEicar } from "./eicar-search.ts";
import { executableProblem, scratchDirectory } from "./executable.ts";
import { type GuardedServer, MAIL_SERVERS, startGuarded } from "./mail-servers.ts";
import { variedMailbox } from "./mailbox.ts";
import { filesOf, messagesOf, syncClients } from "./sync-clients.ts";

for (const server of MAIL_SERVERS) {
  const problem = server.problem ?? executableProblem();

  describe.skipIf(problem !== undefined)(`with ${server.name}${problem ? ` (${problem})` : ""}`, () => {
    let guarded: GuardedServer;
    let samples = variedMailbox();

    beforeAll(async () => {
      guarded = await startGuarded(server);
      const taken = await guarded.addUser(
        "ann",
        samples.map(({ message }) => message),
      );
      samples = samples.filter((_, index) => taken[index]);
    });
    afterAll(async () => {
      await guarded?.stop();
    });

    for (const client of syncClients()) {
      const label = client.problem === undefined ? client.name : `${client.name} (${client.problem})`;
      test.skipIf(client.problem !== undefined)(`${label} copies a mailbox, and a second time nothing`, async () => {
        const [direct, through] = [scratchDirectory("direct"), scratchDirectory("through")];
        try {
          expect(await client.sync(guarded.direct("ann"), direct.path)).toMatchObject({ code: 0 });
          const { clientTap, serverTap } = guarded;
          const before = { client: clientTap.conversations().length, server: serverTap.conversations().length };
          expect(await client.sync(guarded.through("ann"), through.path)).toMatchObject({ code: 0 });

          const reference = messagesOf(filesOf(direct.path));
          const files = filesOf(through.path);
          expect(wrongOnes(reference, messagesOf(files))).toEqual([]);
          expect([...files].filter(([, content]) => containsEicar(content)).map(([path]) => path)).toEqual([]);

          const conversations = clientTap.conversations().slice(before.client);
          expect(conversations.length).toBeGreaterThan(0);
          expect(conversations.filter((conversation) => containsEicar(conversation.server))).toHaveLength(0);
          for (const conversation of [...conversations, ...serverTap.conversations().slice(before.server)]) {
            expect(conversation.isCompressed).toBe(client.usesCompression);
          }

          if (!client.isIncremental) return;
          const again = clientTap.conversations().length;
          expect(await client.sync(guarded.through("ann"), through.path)).toMatchObject({ code: 0 });
          expect(kept(filesOf(through.path))).toEqual(kept(files));
          const commands = clientTap.conversations().slice(again).map((conversation) => conversation.client.toString("latin1"));
          expect(commands.join("")).not.toMatch(/BODY|RFC822(?!\.SIZE)|STORE|APPEND|EXPUNGE/);
        } finally {
          direct.dispose();
          through.dispose();
        }
      });
    }

    /** What differs from `reference` without being infected, and what is left of the infected. */
    function wrongOnes(reference: readonly Buffer[], actual: readonly Buffer[]): string[] {
      const wrong = actual.length === samples.length ? [] : [`${actual.length} of ${samples.length} messages`];
      const clean = new Set(reference.filter((message) => !containsEicar(message)).map(contentOf));
      const others = actual.filter((message) => !clean.delete(contentOf(message)));
      for (const message of clean) wrong.push(`missing or changed: ${message.slice(0, 300)}`);
      const infected = samples.filter(({ isInfected }) => isInfected);
      if (others.length !== infected.length) wrong.push(`${others.length} of ${infected.length} messages were changed`);
      for (const message of others) {
        const text = message.toString("latin1");
        if (containsEicar(message)) wrong.push(`holds the test file: ${text.slice(0, 300)}`);
        if (!text.includes("mailward")) wrong.push(`has no notice: ${text.slice(0, 300)}`);
      }
      return wrong;
    }
  });
}

/** Without what clients write into their copies. */
function contentOf(message: Buffer): string {
  return message.toString("latin1").replace(/^X-(?:TUID|OfflineIMAP): [^\n]*\n/gm, "");
}

/** The copies, and the flags in their names; of what clients note beside them, locks and logs change. */
function kept(files: ReadonlyMap<string, Buffer>): Record<string, string> {
  const messages = [...files].filter(([path]) => /(?:^|\/)(?:cur|new)\//.test(path));
  return Object.fromEntries(messages.map(([path, content]) => [path, content.toString("latin1")]));
}
