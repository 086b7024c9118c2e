/** Clients that keep copies of mailboxes, behind mailward: clean mail identical, no malware, and nothing to do twice. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contains, containsEicar } from "./eicar-search.ts";
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
      const messages = samples.map(({ message }) => message);
      const taken = await guarded.addUser("ann", messages);
      await guarded.addUser("bob", messages.filter(isSmall));
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
          const user = client.isForSmall ? "bob" : "ann";
          expect(await client.sync(guarded.direct(user), direct.path)).toMatchObject({ code: 0 });
          const { clientTap, serverTap } = guarded;
          const before = { client: clientTap.conversations().length, server: serverTap.conversations().length };
          expect(await client.sync(guarded.through(user), through.path)).toMatchObject({ code: 0 });

          const reference = messagesOf(filesOf(direct.path));
          const files = filesOf(through.path);
          expect(
            wrongOnes(
              reference,
              messagesOf(files),
              samples.filter(({ message, isInfected }) => isInfected && (!client.isForSmall || isSmall(message)))
                .length,
            ),
          ).toEqual([]);
          expect([...files].filter(([, content]) => containsEicar(content)).map(([path]) => path)).toEqual([]);

          const conversations = clientTap.conversations().slice(before.client);
          expect(conversations.length).toBeGreaterThan(0);
          expect(conversations.filter((conversation) => containsEicar(conversation.server))).toHaveLength(0);
          for (const conversation of [...conversations, ...serverTap.conversations().slice(before.server)]) {
            expect(conversation.isCompressed).toBe(true);
          }

          if (!client.isIncremental) return;
          const again = clientTap.conversations().length;
          expect(await client.sync(guarded.through(user), through.path)).toMatchObject({ code: 0 });
          expect(kept(filesOf(through.path))).toEqual(kept(files));
          const commands = clientTap
            .conversations()
            .slice(again)
            .map((conversation) => conversation.client.toString("latin1"));
          expect(commands.join("")).not.toMatch(/BODY|RFC822(?!\.SIZE)|STORE|APPEND|EXPUNGE/);
        } finally {
          direct.dispose();
          through.dispose();
        }
      });
    }

    /** What differs from `reference` without being infected, and what is left of the infected. */
    function wrongOnes(reference: readonly Buffer[], actual: readonly Buffer[], infected: number): string[] {
      const wrong = actual.length === reference.length ? [] : [`${actual.length} of ${reference.length} messages`];
      const clean = new Set(reference.filter((message) => !containsEicar(message)).map(contentOf));
      const others = actual.filter((message) => !clean.delete(contentOf(message)));
      for (const message of clean) wrong.push(`missing or changed: ${message.slice(0, 300)}`);
      if (others.length !== infected) wrong.push(`${others.length} of ${infected} messages were changed`);
      for (const message of others) {
        const text = message.toString("latin1");
        if (containsEicar(message)) wrong.push(`holds the test file: ${text.slice(0, 300)}`);
        if (!contains(message, Buffer.from("mailward"))) wrong.push(`has no notice: ${text.slice(0, 300)}`);
      }
      return wrong;
    }
  });
}

function isSmall(message: Buffer): boolean {
  return message.length < 20_000;
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
