import { expect, it } from "vitest";
import { PendingCommands } from "../../../../src/protocol/imap/pending-commands.ts";

it("PendingCommands counts what is kept of completed commands, however short they were", () => {
  const pending = new PendingCommands();
  const commands = Array.from({ length: 10_000 }, (_, index) => {
    const command = pending.add(String(index), "FETCH", false, "1");
    command.openHolds = 1;
    pending.complete(command);
    return command;
  });
  expect([pending.size, pending.isFull]).toEqual([0, true]);
  for (const command of commands) command.openHolds = 0;
  expect(pending.isFull).toBe(false);
});
