/** Clients keep what they got of a message, and ask for the rest later: a replacement has the same octets each time,
 *  whichever thread or process makes it, and whatever that one has seen before. */
import { expect, test } from "vitest";
import { silentLogger } from "../../src/core/log.ts";
import type { Edit } from "../../src/core/model.ts";
import { startScanService } from "../../src/scan/service-client.ts";
import { buildZip } from "../support/build-zip.ts";
import { eicar } from "../support/eicar.ts";
import { noEngines } from "../support/engine-settings.ts";
import { mimeEvasions } from "../support/evasion.ts";
import { attachmentMail, eicarZipMail, nestedMail, textMail } from "../support/sample-mail.ts";
import { messageOf, scanSettings, systemClock } from "./scan-service/options.ts";

const CONTEXT = { protocol: "imap", upstream: "imap.example.org:993", account: "ann", date: "" };

test("a message is replaced by the same octets in every thread and process", { timeout: 120_000 }, async () => {
  // Large enough that threads remember them as parts.
  const large = Buffer.concat([Buffer.alloc(40_000, "some text "), eicar()]);
  const zip = buildZip([{ name: "inner.com", content: large }]);
  const messages = [
    attachmentMail([{ name: "a.com", content: large }]),
    attachmentMail([{ name: "b.com", content: large }], { subject: "another name" }),
    attachmentMail([
      { name: "c.zip", content: zip },
      { name: "d.com", content: large },
    ]),
    attachmentMail([{ name: "e.zip", content: zip }]),
    nestedMail(attachmentMail([{ name: "f.zip", content: zip }]), 2),
    nestedMail(eicarZipMail(), 3),
    textMail(eicar().toString("latin1")),
    ...mimeEvasions.filter((_, index) => index % 7 === 0).map(({ build }) => build(eicar())),
  ];
  const first = await replacements(messages, 1, [messages.keys().toArray()]);
  const orders = [messages.keys().toArray(), messages.keys().toArray().reverse(), messages.keys().toArray()];
  const second = await replacements(messages, 2, orders);
  for (const [index, edits] of first.entries()) {
    for (const others of second.slice(index * orders.length, (index + 1) * orders.length)) {
      expect(others, `message ${index}`).toEqual(edits);
    }
  }
});

/** What is replaced in each message, each time that it stands in `orders`; all of an order is asked for at once. */
async function replacements(
  messages: readonly Buffer[],
  threads: number,
  orders: readonly (readonly number[])[],
): Promise<(readonly Edit[])[]> {
  const found: (readonly Edit[])[][] = messages.map(() => []);
  const scan = { ...scanSettings, threads };
  const service = startScanService({ scan, engines: noEngines, logger: silentLogger, clock: systemClock });
  try {
    for (const order of orders) {
      await Promise.all(
        order.map(async (index) => {
          const source = messageOf(messages[index] ?? Buffer.alloc(0));
          await service.judge(source);
          found[index]?.push((await service.rewrite(source, { context: CONTEXT })).edits);
        }),
      );
    }
  } finally {
    await service.close();
  }
  return found.flat();
}
