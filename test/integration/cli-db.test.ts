import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { eicar } from "../support/eicar.ts";
import { startFileServer } from "../support/file-server.ts";
import { cliHome } from "../support/run-cli.ts";

const authority = createAuthority();
const OWN = lines("one", "two");

describe("mailward db add", () => {
  test("fetches, checks, keeps and registers a source, with its licence", async () => {
    const { cli, server, folder, source } = await setUp();
    const added = await cli.run("db", "add", source, "--license", "MIT");
    expect(added.code).toBe(0);
    expect(added.stdout).toBe("own.hdb: updated, 2 signatures, new; licence: MIT\n");
    expect(added.stderr).toContain("signatures.sources: added");
    expect(readFileSync(join(folder, "own.hdb"), "utf8")).toBe(OWN);
    expect(server.requests.map(({ path }) => path)).toEqual(["/own.hdb", "/own.hdb.sha256"]);
    const again = await cli.run("db", "add", source, "--license", "CC0-1.0");
    expect(again.stdout).toMatch(/^own\.hdb: unchanged since /);
    const info = JSON.parse((await cli.run("db", "info", "--json")).stdout);
    expect(info.databases).toEqual([expect.objectContaining({ name: "own.hdb", license: "CC0-1.0", signatures: 2 })]);
  });

  test("keeps the text of a licence that has an address", async () => {
    const { cli, server, source } = await setUp();
    server.serve("/LICENSE", "Do what you like,\r\nand \u001b[31mmore.\n");
    await cli.run("db", "add", source, "--license", `${server.origin}/LICENSE`);
    const { stdout } = await cli.run("db", "info", "own.hdb");
    expect(stdout).toContain(`  licence: ${server.origin}/LICENSE\n`);
    expect(stdout).toContain("  | Do what you like,\n  | and \\x1b[31mmore.\n");
    server.remove("/LICENSE");
    server.serve("/own.hdb", lines("three"));
    const failed = await cli.run("db", "update");
    expect([failed.code, failed.stderr]).toEqual([2, expect.stringContaining("its licence is not at")]);
  });

  test("tells that nobody has said under which licence it is", async () => {
    const { cli, source } = await setUp();
    const { stdout, stderr } = await cli.run("db", "add", source);
    expect(stdout).toContain("licence not stated");
    expect(stderr).toContain("whether you may use own.hdb is between you and whoever made it");
  });

  test("registers nothing that can not be used", async () => {
    const { cli, server, folder, source } = await setUp();
    for (const [content, why] of [
      ["<html>not found</html>\n", "nothing in it is a signature (line 1: "],
      ["", "there are no signatures in it"],
    ] as const) {
      server.serve("/own.hdb", content);
      const { code, stderr } = await cli.run("db", "add", source);
      expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
      expect(stderr).not.toContain(folder);
    }
    server.serve("/own.html", "<html>");
    expect((await cli.run("db", "add", `${server.origin}/own.html`)).stderr).toContain("its name is none of ClamAV's");
    expect((await cli.run("db", "add", `${server.origin}/none.hdb`)).stderr).toContain("no such file (404)");
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([".sources"]);
    expect((await cli.run("config", "get", "signatures.sources")).stdout).toBe("");
  });

  test("accepts one version alone when its SHA-256 is given, packed or unpacked", async () => {
    const { cli, server, source } = await setUp();
    const wrong = await cli.run("db", "add", source, "--sha256", sha256("other"));
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining(`its SHA-256 is ${sha256(OWN)}, and should be ${sha256("other")}`),
    ]);
    const packed = gzipSync(OWN);
    server.serve("/own.hdb.gz", packed);
    for (const digest of [sha256(packed), sha256(OWN)]) {
      const added = await cli.run("db", "add", `${server.origin}/own.hdb.gz#sha256=${digest}`, "--name", "mine.hdb");
      expect(added.code, added.stderr).toBe(0);
    }
    server.serve("/own.hdb.gz", gzipSync(lines("three")));
    expect((await cli.run("db", "update")).stderr).toContain("its SHA-256 is");
    expect(JSON.parse((await cli.run("db", "info", "--json")).stdout).signatures).toBe(2);
  });

  test("believes a checksum that stands beside the file", async () => {
    const { cli, server, source } = await setUp();
    server.serve("/own.hdb.sha256", `${sha256("x")}  other.hdb\n${sha256(OWN)} *own.hdb\n`);
    expect((await cli.run("db", "add", source)).code).toBe(0);
    server.serve("/own.hdb", lines("three"));
    const { code, stderr } = await cli.run("db", "update");
    expect([code, stderr]).toEqual([2, expect.stringContaining("its SHA-256 is")]);
    server.serve("/own.hdb.sha256", "nothing of use\n");
    expect((await cli.run("db", "update")).stderr).toContain("the file beside it has no SHA-256 of it");
    server.serve("/own.hdb.sha256", `SHA256 (own.hdb) = ${sha256(lines("three"))}\n`);
    expect((await cli.run("db", "update")).code).toBe(0);
  });

  test("refuses addresses that are not safe, and says what is", async () => {
    const { cli } = await setUp();
    const plain = await cli.run("db", "add", "http://example.org/own.hdb");
    expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining("it is fetched unencrypted")]);
    expect((await cli.run("db", "add", "https://ann:pw@example.org/x.hdb")).stderr).toContain("a name or password");
    expect((await cli.run("db", "add", "https://example.org/", "--no-fetch")).stderr).toContain("is no name");
    const allowed = await cli.run("db", "add", "http://example.org/own.hdb", "--allow-http", "--no-fetch");
    expect(allowed.code).toBe(0);
    expect((await cli.run("config", "get", "signatures.sources")).stdout).toBe(
      "http://example.org/own.hdb#http=allowed\n",
    );
    expect((await cli.run("db", "info")).stdout).toContain("it has not been fetched yet");
  });

  test("refuses a second source of the same name", async () => {
    const { cli, server, source } = await setUp();
    server.serve("/other/OWN.hdb", lines("three"));
    await cli.run("db", "add", source);
    const second = `${server.origin}/other/OWN.hdb`;
    const { code, stderr } = await cli.run("db", "add", second);
    expect([code, stderr]).toEqual([2, expect.stringContaining("there is another source called OWN.hdb")]);
    expect((await cli.run("db", "add", second, "--name", "third.hdb")).code).toBe(0);
    expect(JSON.parse((await cli.run("db", "info", "--json")).stdout).signatures).toBe(3);
  });

  test("uses files and folders that are here", async () => {
    const { cli } = await setUp();
    const folder = join(cli.home, "clamav");
    mkdirSync(folder);
    const empty = await cli.run("db", "add", folder);
    expect(empty.stderr).toContain("there is no file of ClamAV's in it");
    expect(empty.stderr).toContain("A database is a file of one of ClamAV's forms");
    writeFileSync(join(folder, "a.hdb"), lines("one"));
    writeFileSync(join(folder, "b.ndb"), "Test.Pattern:0:*:deadbeef\nbroken\n");
    const added = await cli.run("db", "add", "clamav");
    expect([added.code, added.stdout]).toEqual([0, `${folder}: 2 signatures\n`]);
    expect(added.stderr).toContain(`${folder}/b.ndb:2: `);
    expect((await cli.run("db", "add", folder)).stderr).toContain("signatures.files is already");
    expect((await cli.run("db", "add", "missing")).stderr).toContain("there is no such file\n");
    expect((await cli.run("db", "add", "clamav", "--license", "MIT")).stderr).toContain("Cannot use --license");
    expect((await cli.run("config", "validate")).code).toBe(0);
    const { stdout } = await cli.run("db", "info");
    expect(stdout).toContain(`${folder}\n2 signatures in all (hdb 1, ndb 1)\n`);
    await cli.run("db", "remove", "clamav");
    expect((await cli.run("config", "get", "signatures.files")).stdout).toBe("");
    expect(existsSync(join(folder, "a.hdb"))).toBe(true);
  });
});

describe("mailward db update", () => {
  test("fetches what has changed and nothing else", async () => {
    const { cli, server, source } = await setUp();
    server.serve("/other.ndb", "Test.Pattern:0:*:deadbeef\n");
    await cli.run("db", "add", source, `${server.origin}/other.ndb`);
    server.serve("/own.hdb", lines("one", "two", "three"));
    const { code, stdout } = await cli.run("db", "update");
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "own.hdb: updated, 3 signatures, 2 signatures before; licence not stated",
      expect.stringMatching(/^other\.ndb: unchanged since .*, 1 signature$/),
      "",
    ]);
    const json = JSON.parse((await cli.run("db", "update", "own.hdb", "--json")).stdout);
    expect(json).toEqual([
      expect.objectContaining({
        name: "own.hdb",
        result: "unchanged",
        signatures: 3,
        sha256: sha256(lines("one", "two", "three")),
      }),
    ]);
  });

  test("leaves what is there when a source fails, and goes on with the others", async () => {
    const { cli, server, folder, source } = await setUp();
    server.serve("/other.ndb", "Test.Pattern:0:*:deadbeef\n");
    await cli.run("db", "add", source, `${server.origin}/other.ndb`);
    server.serve("/own.hdb", "<html>\n");
    server.serve("/other.ndb", "Test.Pattern:0:*:deadbeef\nTest.Other:0:*:cafe0000\n");
    const { code, stdout, stderr } = await cli.run("db", "update");
    expect(code).toBe(2);
    expect(stderr).toContain("; the last version stays\n");
    expect(stdout).toBe("other.ndb: updated, 2 signatures, 1 signature before; licence not stated\n");
    expect(readFileSync(join(folder, "own.hdb"), "utf8")).toBe(OWN);
    const json = JSON.parse((await cli.run("db", "update", "--json")).stdout);
    expect(json).toEqual([
      expect.objectContaining({ name: "own.hdb", result: "failed", error: expect.any(String) }),
      expect.objectContaining({ name: "other.ndb", result: "unchanged" }),
    ]);
  });

  test("fetches again what somebody has changed or removed here", async () => {
    const { cli, folder, source } = await setUp();
    await cli.run("db", "add", source);
    writeFileSync(join(folder, "own.hdb"), "changed\n");
    expect((await cli.run("db", "update")).stdout).toContain("own.hdb: updated, 2 signatures, new");
    rmSync(join(folder, "own.hdb"));
    await cli.run("db", "update");
    expect(readFileSync(join(folder, "own.hdb"), "utf8")).toBe(OWN);
  });

  test("knows its sources", async () => {
    const { cli, source } = await setUp();
    expect(await cli.run("db", "update")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("no source"),
    });
    await cli.run("db", "add", source);
    const { code, stderr } = await cli.run("db", "update", "own.hbd");
    expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean "own.hdb"?')]);
  });
});

describe("mailward db remove", () => {
  test("takes away the source and what was fetched for it", async () => {
    const { cli, folder, source } = await setUp();
    await cli.run("db", "add", source);
    const { code, stdout } = await cli.run("db", "remove", "own.hdb");
    expect([code, stdout]).toEqual([0, "own.hdb: removed\n"]);
    expect(readdirSync(folder)).toEqual([".sources"]);
    expect((await cli.run("config", "get", "signatures.sources")).stdout).toBe("");
    const again = await cli.run("db", "remove", "own.hdb");
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("there is no such database")]);
    await cli.run("db", "add", source);
    expect((await cli.run("db", "remove", source)).code).toBe(0);
    writeFileSync(join(folder, "left.hdb"), OWN);
    expect((await cli.run("db", "info")).stdout).toContain("no source is registered for it");
    expect((await cli.run("db", "remove", "../own.hdb")).code).toBe(2);
    expect((await cli.run("db", "remove", "left.hdb")).code).toBe(0);
  });
});

describe("mailward db test", () => {
  test("finds the test virus with the databases that are configured", async () => {
    const { cli, source } = await setUp();
    await cli.run("db", "add", source);
    const { code, stdout } = await cli.run("db", "test");
    expect(stdout).toMatch(/^2 signatures from .*\/db\nthe test virus is found\n$/);
    expect(code).toBe(0);
  });

  test("fails when the test virus is said to be harmless, or a database can not be used", async () => {
    const { cli } = await setUp();
    const digest = createHash("md5").update(eicar()).digest("hex");
    writeFileSync(join(cli.home, "own.fp"), `${digest}:${eicar().length}:harmless\n`);
    const ignored = await cli.run("db", "test", "own.fp");
    expect(ignored).toMatchObject({ code: 1, stdout: expect.stringContaining("the test virus is NOT found\n") });
    writeFileSync(join(cli.home, "bad.hdb"), "nonsense\n");
    const bad = await cli.run("db", "test", "bad.hdb");
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining("nothing in it is a signature")]);
    const json = JSON.parse((await cli.run("db", "test", "missing.hdb", "--json")).stdout);
    expect(json).toMatchObject({ testVirus: false, error: expect.stringContaining("there is no such file") });
  });

  test("reports lines that are left out, and passes", async () => {
    const { cli } = await setUp();
    writeFileSync(join(cli.home, "own.hdb"), `${OWN}nonsense\n`);
    const { code, stderr, stdout } = await cli.run("db", "test", "own.hdb");
    expect([code, stdout]).toEqual([0, expect.stringContaining("2 signatures from ")]);
    expect(stderr).toContain("own.hdb:3: ");
  });
});

test("mailward scan uses what was fetched", async () => {
  const { cli, source } = await setUp();
  writeFileSync(join(cli.home, "one.eml"), "Subject: x\r\nContent-Type: application/octet-stream\r\n\r\none");
  expect((await cli.spawn({}, "scan", "one.eml")).code).toBe(0);
  await cli.run("db", "add", source);
  const found = await cli.spawn({}, "scan", "one.eml");
  expect([found.code, found.stdout]).toEqual([1, expect.stringContaining("Own.one")]);
});

test("mailward db info says what there is when there is nothing", async () => {
  const { cli } = await setUp();
  const { code, stdout, stderr } = await cli.run("db", "info");
  expect([code, stdout]).toEqual([0, "0 signatures in all\nno mailward is running\n"]);
  expect(stderr).toContain("there are no databases");
  expect((await cli.run("help", "db")).stdout).toContain("GPL");
});

test("mailward db says what it can not do", async () => {
  const { cli, source } = await setUp();
  const { code, stderr } = await cli.run("db", "add", source, "x.hdb", "--name", "y.hdb");
  expect([code, stderr]).toEqual([2, expect.stringContaining("for 2 databases at once")]);
  expect((await cli.run("db", "ad")).stderr).toContain('Did you mean "mailward db add"?');
});

async function setUp() {
  const cli = cliHome();
  const server = await startFileServer(authority.issue());
  server.serve("/own.hdb", OWN);
  writeFileSync(join(cli.home, "ca.pem"), authority.certificate);
  await cli.run("config", "set", "upstream.caFile", "ca.pem");
  const folder = join(cli.home, ".local", "share", "mailward", "db");
  return { cli, server, folder, source: `${server.origin}/own.hdb` };
}

/** Signatures of files with these contents. */
function lines(...contents: string[]): string {
  return contents
    .map((text) => `${createHash("md5").update(text).digest("hex")}:${text.length}:Own.${text}\n`)
    .join("");
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
