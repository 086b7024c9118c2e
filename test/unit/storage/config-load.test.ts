import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/core/errors.ts";
import { loadConfig } from "../../../src/storage/config-load.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function setUp(files: { user?: string; system?: string }): { env: Record<string, string>; cwd: string } {
  const cwd = temporaryDirectory();
  if (files.user !== undefined) writeFileSync(join(cwd, "user.jsonc"), files.user);
  if (files.system !== undefined) writeFileSync(join(cwd, "system.jsonc"), files.system);
  const env: Record<string, string> = { MAILWARD_SYSTEM_CONFIG: join(cwd, "system.jsonc"), XDG_CONFIG_HOME: cwd };
  if (files.user !== undefined) env.MAILWARD_CONFIG = "user.jsonc";
  return { env, cwd };
}

describe("loadConfig()", () => {
  test("lets the flag win over the environment, that over the user's file, that over the system's", async () => {
    const { env, cwd } = setUp({
      system: '{"scan":{"depth":1,"entries":1,"ratio":1,"threads":1}}',
      user: '{"scan":{"depth":2,"entries":2,"ratio":2}}',
    });
    Object.assign(env, { MAILWARD_SCAN_DEPTH: "3", MAILWARD_SCAN_ENTRIES: "3" });
    const config = await loadConfig({
      flag: undefined,
      env,
      cwd,
      overrides: { "scan.depth": "4", forward: undefined },
    });
    expect(config.settings.scan).toMatchObject({ depth: 4, entries: 3, ratio: 2, threads: 1 });
    expect(config.hasFile).toBe(true);
    expect(config.warnings).toEqual([]);
  });

  test("has the defaults where there is no file", async () => {
    const { env, cwd } = setUp({});
    const config = await loadConfig({ flag: undefined, env, cwd });
    expect(config.settings.scan.depth).toBe(10);
    expect(config.hasFile).toBe(false);
  });

  test("refuses a file that was named and is not there", async () => {
    const { env, cwd } = setUp({});
    await expect(loadConfig({ flag: "none.jsonc", env, cwd })).rejects.toThrow("there is no such file");
    await expect(loadConfig({ flag: undefined, env: { ...env, MAILWARD_CONFIG: "n" }, cwd })).rejects.toThrow(
      UserError,
    );
  });

  test("lists the problems of all sources with their places", async () => {
    const { env, cwd } = setUp({ system: '{"scan":{"depth":0}}', user: "{\n x" });
    const error: unknown = await loadConfig({
      flag: undefined,
      env: { ...env, MAILWARD_LOG_LEVEL: "loud" },
      cwd,
      overrides: { forward: ["127.0.0.1:1=imap://ann:hunter2@mail.example.org"] },
    }).catch((thrown: unknown) => thrown);
    const { message } = error as UserError;
    expect(message).toContain(`${join(cwd, "system.jsonc")}:1:18: "scan.depth" can not be 0`);
    expect(message).toContain(`${join(cwd, "user.jsonc")}:2:2: `);
    expect(message).toContain('MAILWARD_LOG_LEVEL: "log.level" can not be "loud"');
    expect(message).toContain(
      'the command line: "forward" can not hold "127.0.0.1:1=imap://[secret]@mail.example.org"',
    );
    expect(message).not.toContain("hunter2");
  });

  test("refuses an empty listener or forward, which an unset shell variable leaves", async () => {
    const { env, cwd } = setUp({});
    for (const key of ["listen.imap", "listen.pop3", "forward"]) {
      for (const empty of ["", " ", [""], ["127.0.0.1:1143", ""]]) {
        await expect(loadConfig({ flag: undefined, env, cwd, overrides: { [key]: empty } })).rejects.toThrow(
          "(it is empty)",
        );
      }
    }
    await expect(loadConfig({ flag: undefined, env: { ...env, MAILWARD_LISTEN_IMAP: "" }, cwd })).rejects.toThrow(
      'MAILWARD_LISTEN_IMAP: "listen.imap" can not hold "" (it is empty)',
    );
    const off = await loadConfig({ flag: undefined, env: { ...env, MAILWARD_LISTEN_IMAP: "off" }, cwd });
    expect(off.settings.listen.imap).toEqual([]);
  });

  test("finds what contradicts only between sources", async () => {
    const { env, cwd } = setUp({ system: '{"ports":{"imap":[2143]}}', user: '{"ports":{"pop3":[2143]}}' });
    await expect(loadConfig({ flag: undefined, env, cwd })).rejects.toThrow(
      'port 2143 is in "ports.imap" and in "ports.pop3"',
    );
  });

  test("warns of a mistyped variable and of nothing else", async () => {
    const { env, cwd } = setUp({});
    const noise = { MAILWARD_SCAN_DEPHT: "3", MAILWARD_DEBUG: "1", MAILWARD_QQQ: "1", SCAN_DEPTH: "x" };
    const { warnings, settings } = await loadConfig({ flag: undefined, env: { ...env, ...noise }, cwd });
    expect(warnings).toEqual([
      "the environment variable MAILWARD_SCAN_DEPHT means nothing; is MAILWARD_SCAN_DEPTH meant?",
    ]);
    expect(settings.scan.depth).toBe(10);
  });

  test("takes relative paths in variables and flags from the working directory", async () => {
    const { env, cwd } = setUp({});
    const overrides = { "signatures.files": ["a.hdb"] };
    const config = await loadConfig({
      flag: undefined,
      env: { ...env, MAILWARD_UPSTREAM_CA_FILE: "ca.pem" },
      cwd,
      overrides,
    });
    expect(config.settings.upstream.caFile).toBe(join(cwd, "ca.pem"));
    expect(config.settings.engines.signatures.files).toEqual([join(cwd, "a.hdb")]);
  });
});
