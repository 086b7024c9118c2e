import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/core/errors.ts";
import { configLimits } from "../../../src/core/limits.ts";
import { readConfigFile, updateConfigFile } from "../../../src/storage/config-file.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

async function noWait(): Promise<void> {}

function append(line: string): { edit: (text: string) => string; wait: () => Promise<void> } {
  return { edit: (text) => `${text}${line}\n`, wait: noWait };
}

describe("readConfigFile()", () => {
  test("has no text where there is no file", async () => {
    expect(await readConfigFile(join(temporaryDirectory(), "none"))).toBeUndefined();
    expect(await readConfigFile(join(temporaryDirectory(), "none", "config.jsonc"))).toBeUndefined();
    expect(await readConfigFile("/dev/null")).toBe("");
  });

  test("keeps a byte order mark, refuses what is no UTF-8, a directory and what is too long", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "config.jsonc");
    writeFileSync(path, "\ufeff{}");
    expect(await readConfigFile(path)).toBe("\ufeff{}");
    writeFileSync(path, Buffer.from([0xff, 0xfe, 0x7b, 0x00]));
    await expect(readConfigFile(path)).rejects.toThrow("it is not UTF-8 text");
    await expect(readConfigFile(directory)).rejects.toThrow("it is a directory");
    await expect(readConfigFile(join(path, "below"))).rejects.toThrow("a part of the path is not a directory");
  });

  test("names other places when this one is of no use", async () => {
    const path = join(temporaryDirectory(), "config.jsonc");
    writeFileSync(path, "");
    const advice = "Another file: --config or MAILWARD_CONFIG; another folder for it: XDG_CONFIG_HOME";
    await expect(readConfigFile(join(path, "config.jsonc"))).rejects.toMatchObject({ hint: advice });
    await expect(readConfigFile(join(path, "config.jsonc"), "Do that")).rejects.toMatchObject({ hint: "Do that" });
    await expect(updateConfigFile(join(path, "config.jsonc"), append("x"))).rejects.toMatchObject({ hint: advice });
    await expect(updateConfigFile("/proc/nobody/config.jsonc", append("x"))).rejects.toMatchObject({ hint: advice });
  });

  test("reads a file at the cap and none above it", async () => {
    const path = join(temporaryDirectory(), "config.jsonc");
    writeFileSync(path, " ".repeat(configLimits.fileBytes));
    expect(await readConfigFile(path)).toHaveLength(configLimits.fileBytes);
    writeFileSync(path, " ".repeat(configLimits.fileBytes + 1));
    await expect(readConfigFile(path)).rejects.toThrow(`more than ${configLimits.fileBytes} bytes`);
  });
});

describe("updateConfigFile()", () => {
  test("makes the file and its folder for the owner alone", async () => {
    const path = join(temporaryDirectory(), "a", "b", "config.jsonc");
    expect(await updateConfigFile(path, append("x"))).toBe(true);
    expect(readFileSync(path, "utf8")).toMatch(/^\/\/ .*\nx\n$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(path))).toEqual(["config.jsonc"]);
  });

  test("closes a file that others could read", async () => {
    const path = join(temporaryDirectory(), "config.jsonc");
    writeFileSync(path, "", { mode: 0o666 });
    await updateConfigFile(path, append("x"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("writes nothing when nothing changes or the edit refuses", async () => {
    const path = join(temporaryDirectory(), "config.jsonc");
    const refuse = (): string => {
      throw new UserError("no");
    };
    expect(await updateConfigFile(path, { edit: (text) => text, wait: noWait })).toBe(false);
    await expect(updateConfigFile(path, { edit: refuse, wait: noWait })).rejects.toThrow("no");
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test("writes through symbolic links, which stay, also to a file that does not exist yet", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "real"));
    const [path, middle] = [join(directory, "config.jsonc"), join(directory, "middle")];
    symlinkSync("middle", path);
    symlinkSync(join("real", "config.jsonc"), middle);
    await updateConfigFile(path, append("x"));
    await updateConfigFile(path, append("y"));
    expect(readlinkSync(path)).toBe("middle");
    expect(lstatSync(middle).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(directory, "real", "config.jsonc"), "utf8")).toMatch(/x\ny\n$/);
    expect(readdirSync(join(directory, "real"))).toEqual(["config.jsonc"]);
  });

  test("refuses a loop of links and what is no regular file", async () => {
    const path = join(temporaryDirectory(), "config.jsonc");
    symlinkSync(path, path);
    await expect(updateConfigFile(path, append("x"))).rejects.toThrow("too many symbolic links");
    await expect(updateConfigFile("/dev/null", append("x"))).rejects.toThrow("not a regular file");
    await expect(updateConfigFile("/dev/null/config.jsonc", append("x"))).rejects.toThrow(
      "Cannot write the configuration",
    );
  });

  test("loses no change of many at the same time", async () => {
    const path = join(temporaryDirectory(), "config.jsonc");
    const wait = (ms: number): Promise<void> => delay(ms);
    const deep = join(temporaryDirectory(), "a", "b", "c", "config.jsonc");
    await Promise.all([1, 2, 3, 4].map((line) => updateConfigFile(deep, { ...append(`${line}`), wait })));
    expect(readFileSync(deep, "utf8").trim().split("\n").slice(1).sort()).toEqual(["1", "2", "3", "4"]);
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    await Promise.all(lines.map((line) => updateConfigFile(path, { ...append(line), wait })));
    expect(readFileSync(path, "utf8").trim().split("\n").slice(1).sort()).toEqual([...lines].sort());
    expect(readdirSync(dirname(path))).toEqual(["config.jsonc"]);
  });

  test("takes over the lock of a process that is dead", async () => {
    const path = join(temporaryDirectory(), "config.jsonc");
    // Process ids end below 2^22 on Linux.
    writeFileSync(`${path}.lock`, "4194305\n");
    expect(await updateConfigFile(path, append("x"))).toBe(true);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test("gives up on a lock that is held for too long, and leaves it", async () => {
    const path = join(temporaryDirectory(), "config.jsonc");
    writeFileSync(`${path}.lock`, `${process.pid}\n`);
    let waitedMs = 0;
    const wait = async (ms: number): Promise<void> => {
      waitedMs += ms;
    };
    await expect(updateConfigFile(path, { ...append("x"), wait })).rejects.toThrow(`process ${process.pid}`);
    expect(waitedMs).toBeGreaterThanOrEqual(configLimits.lockWaitMs);
    expect(readFileSync(`${path}.lock`, "utf8")).toBe(`${process.pid}\n`);
    expect(existsSync(path)).toBe(false);
  });
});
