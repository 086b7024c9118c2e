import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { structureOf } from "../../src/mime/sections/message-structure.ts";
import { sectionMap } from "../../src/mime/sections/section-map.ts";
import { mimeShapes } from "../support/mime-shapes.ts";
import { messageOf, startTestService, type TestService } from "./scan-service/options.ts";

describe("the scan service on sections", () => {
  let service: TestService;

  beforeAll(async () => {
    service = startTestService({ messageBytes: 1_000_000 });
    await service.ready();
  });
  afterAll(() => service.close());

  test("maps a message and tells its structure, byte by byte as it comes", async () => {
    for (const { name, message } of mimeShapes().slice(-12)) {
      const source = messageOf(message, 100);
      const map = await service.sectionMap(source);
      expect(
        map.parts.map(({ start, end }) => [start, end]),
        name,
      ).toEqual(sectionMap(message).parts.map(({ start, end }) => [start, end]));
      const { envelope, body, bodyStructure } = await service.structure(source);
      const expected = structureOf(message);
      expect(
        [envelope, body, bodyStructure].map((text) => Buffer.from(text ?? []).toString("latin1")),
        name,
      ).toEqual(
        [expected.envelope, expected.body, expected.bodyStructure].map((text) =>
          Buffer.from(text ?? []).toString("latin1"),
        ),
      );
    }
  });

  test("decodes a part and shows how a message begins", async () => {
    expect(Buffer.from(await service.decodePart(messageOf("Z3LDvMOf"), "base64")).toString()).toBe("grüß");
    expect(Buffer.from(await service.decodePart(messageOf("a=3D \r\n"), "quoted-printable")).toString()).toBe("a=\r\n");
    expect(await service.preview(messageOf("Subject: s\r\n\r\nhello\r\nthere"))).toBe("hello there");
    expect(await service.decodePart(messageOf(""), "base64")).toHaveLength(0);
    expect((await service.sectionMap(messageOf(""))).parts).toHaveLength(1);
  });

  test("knows of a message above the limit only where its header ends", async () => {
    const message = Buffer.concat([Buffer.from("Subject: s\r\n\r\n"), Buffer.alloc(1_000_000, "x")]);
    const map = await service.sectionMap(messageOf(message));
    expect([map.isCut, map.bytes, map.parts.length, map.parts[0]?.bodyStart]).toEqual([true, message.length, 1, 14]);
    expect(await service.structure(messageOf(message))).toEqual({});
    expect(await service.preview(messageOf(message))).toBe("x".repeat(200));
    await expect(service.decodePart(messageOf(message), "base64")).rejects.toThrow("above the size limit");
  });
});
