import { describe, expect, test } from "vitest";
import { sectionLimits } from "../../../src/core/section-limits.ts";
import { sectionMap } from "../../../src/mime/sections/section-map.ts";
import { HeldMessage } from "../../../src/proxy/held-message.ts";
import { SectionBuilder } from "../../../src/proxy/section-builder.ts";
import { SpoolStore } from "../../../src/proxy/spool-store.ts";
import type { SectionService } from "../../../src/scan/sections.ts";

/** A spool whose files take nothing, and that counts them. */
class FullDisk extends SpoolStore {
  openFiles = 0;

  override async openFile(): ReturnType<SpoolStore["openFile"]> {
    this.openFiles += 1;
    const closed = async (): Promise<void> => {
      this.openFiles -= 1;
    };
    const write = (): Promise<never> => Promise.reject(new Error("the disk is full"));
    return { write, close: closed } as unknown as Awaited<ReturnType<SpoolStore["openFile"]>>;
  }
}

function builderOf(text: string, decoded = 0): { builder: SectionBuilder; store: FullDisk; message: HeldMessage } {
  const store = new FullDisk({
    directory: "",
    memoryBytesPerMessage: 1_000_000,
    memoryBytesTotal: 1_000_000,
    diskBytesTotal: 10_000_000,
  });
  const octets = Buffer.from(text);
  const message = new HeldMessage(store, () => {}, octets.length);
  message.append(octets);
  const service: SectionService = {
    sectionMap: async () => sectionMap(octets),
    structure: () => Promise.reject(new Error("not asked for")),
    decodePart: async () => new Uint8Array(decoded),
    preview: async () => "",
  };
  return {
    builder: new SectionBuilder({ service, store, message, signal: new AbortController().signal }),
    store,
    message,
  };
}

describe("SectionBuilder", () => {
  test("leaves nothing open of a decoded part that could not be kept", async () => {
    const { builder, store, message } = builderOf(
      "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n",
      2_000_000,
    );
    const built = await builder.build([{ type: "binary", path: [1] }]);
    expect(built.map(({ type }) => type)).toEqual(["failed"]);
    builder.dispose();
    message.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect([store.openFiles, store.diskBytes, store.memoryBytes]).toEqual([0, 0, 0]);
  });

  test("cuts out of many header fields only so often in one answer", async () => {
    const fields = sectionLimits.fields / 100;
    const { builder } = builderOf(`${"A:\r\nB:\r\n".repeat(fields / 2)}\r\n`);
    const item = { type: "section", section: { path: [], what: "fields", names: ["a"] } } as const;
    const all = async (count: number) => (await builder.build(new Array(count).fill(item))).map(({ type }) => type);
    expect(new Set(await all(100))).toEqual(new Set(["ranges"]));
    expect(new Set(await all(100))).toEqual(new Set(["ranges"]));
    expect((await all(102)).at(-1)).toBe("failed");
  });
});
