/** A scan service that was taken over and sends octets without end: the daemon takes none that nobody has asked for. */
import { expect, test } from "vitest";
import { FRAME_HEAD_BYTES, type FrameKind, writeFrameHead } from "../../src/scan/frame.ts";
import { messageOf, startTestService } from "./scan-service/options.ts";

test("octets in answer to a judgement end the process that sends them", async () => {
  await using service = startTestService({}, [process.execPath, "-e", peer(1, 1)]);
  const { verdict } = await service.judge(messageOf("a message"));
  const detail = "it answered garbage: octets that nobody asked for";
  expect(verdict.reasons).toEqual([{ code: "crash", part: "", detail }]);
});

test("more octets than a rewrite may bring end the process that sends them", async () => {
  await using service = startTestService({}, [process.execPath, "-e", peer(1024 * 1024, 2)]);
  const context = { protocol: "", upstream: "", account: "", date: "" };
  const rewrite = service.rewrite(messageOf("a message"), { context });
  await expect(rewrite).rejects.toThrow("it answered garbage: too many octets");
});

/** A process that is ready at once, and answers the first job with `frames` frames of `bytes` octets. */
function peer(bytes: number, frames: number): string {
  const loaded = JSON.stringify({ identity: "a", databases: "a", signatures: 0 });
  return `
    const ready = Buffer.concat([Buffer.from("${head("ready", 0, loaded.length)}", "hex"), Buffer.from('${loaded}')]);
    const octets = Buffer.concat([Buffer.from("${head("octets", 1, bytes)}", "hex"), Buffer.alloc(${bytes})]);
    const channel = new (require("node:net").Socket)({ fd: 3 });
    channel.once("data", () => {
      channel.write(ready);
      channel.once("data", () => {
        for (let frame = 0; frame < ${frames}; frame += 1) channel.write(octets);
      });
    });
    channel.on("error", () => {});`;
}

function head(kind: FrameKind, job: number, bytes: number): string {
  const octets = Buffer.alloc(FRAME_HEAD_BYTES);
  writeFrameHead(octets, 0, kind, job, bytes);
  return octets.toString("hex");
}
