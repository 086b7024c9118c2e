import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { build7z } from "../support/build-7z.ts";
import { eicar } from "../support/eicar.ts";

const run = promisify(execFile);
const built = join(import.meta.dirname, "../../dist/mailward");

/** What is true of the executable as a file, whatever it is asked to do. */
describe("dist/mailward", () => {
  let folder: string;
  let executable: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailward-executable-"));
    const place = join(folder, "gelesen und geprüft ✓");
    await mkdir(place);
    executable = join(place, "mailward");
    await copyFile(built, executable);
    await chmod(place, 0o555);
  });

  afterAll(async () => {
    await chmod(join(executable, ".."), 0o755);
    await rm(folder, { recursive: true, force: true });
  });

  it("runs from a read-only directory with a name beyond ASCII, with nothing in its environment", async () => {
    const { stdout, stderr } = await run(executable, ["--version"], { env: {}, cwd: "/" });
    expect(stdout).toBe(`mailward ${manifest.version}\n`);
    expect(stderr).toBe("");
  });

  it("starts itself again as the scan service, with its threads", async () => {
    const message = join(folder, "message.eml");
    await writeFile(message, "Subject: hello\r\n\r\nbody\r\n");
    const { stdout } = await run(executable, ["scan", message], { env: {}, cwd: "/" });
    expect(stdout).toContain(`${message}: OK\n`);
  });

  it("opens archives with the 7-Zip that it carries", async () => {
    const message = join(folder, "archive.eml");
    const archive = build7z([{ name: "a.gz", content: gzipSync(eicar()) }]);
    const header = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    await writeFile(message, header + archive.toString("base64"));
    await expect(run(executable, ["scan", message], { env: {}, cwd: "/" })).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining("Eicar-Test-Signature FOUND"),
    });
  });

  it("lets a file beside it take the place of the 7-Zip that it carries", async () => {
    const place = await mkdtemp(join(folder, "replaced-"));
    await copyFile(built, join(place, "mailward"));
    await writeFile(join(place, "7zz.wasm"), Buffer.from("0061736d01000000", "hex"));
    const message = join(folder, "replaced.eml");
    const archive = build7z([{ name: "a.txt", content: Buffer.from("text") }]);
    const header = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    await writeFile(message, header + archive.toString("base64"));
    const { stdout } = await run(join(place, "mailward"), ["scan", message], { env: {}, cwd: "/" });
    expect(stdout).toContain("the WebAssembly of 7-Zip is another one than expected");
  });

  it("prints the licences of everything in it", async () => {
    const list = await run(executable, ["licenses", "--json"], { env: {}, cwd: "/" });
    const names: string[] = JSON.parse(list.stdout).map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(["7z-wasm", "@virustotal/yara-x", "Node.js", "zod"]));
    const { stdout } = await run(executable, ["licenses"], { env: {}, cwd: "/", maxBuffer: 8_000_000 });
    for (const words of [
      "GNU LESSER GENERAL PUBLIC LICENSE",
      "RAR (WinRAR) compatible archiver",
      "Node.js is licensed",
    ]) {
      expect(stdout).toContain(words);
    }
  });

  it("ignores NODE_OPTIONS and Node's own options", async () => {
    const mark = join(folder, "mark");
    const injected = join(folder, "injected.cjs");
    await writeFile(injected, `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "");\n`);
    const env = { NODE_OPTIONS: `--require ${injected}` };
    await run(executable, ["--version"], { env });
    await expect(run(executable, ["--require", injected, "--version"], { env: {} })).rejects.toMatchObject({ code: 2 });
    expect(existsSync(mark)).toBe(false);
    await run(process.execPath, ["-e", "0"], { env });
    expect(existsSync(mark), "the injection works on Node itself").toBe(true);
  });
});
