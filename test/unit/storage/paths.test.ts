import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  cacheDirectory,
  configPlace,
  databaseDirectory,
  homeDirectory,
  runtimeDirectory,
  stateDirectory,
  systemConfigPath,
  temporaryDirectory,
} from "../../../src/storage/paths.ts";
import { temporaryDirectory as testDirectory } from "../../support/temporary-directory.ts";

describe("configPlace()", () => {
  const env = { HOME: "/home/ann", XDG_CONFIG_HOME: "/xdg", MAILWARD_CONFIG: "env.jsonc" };

  test("prefers the flag, then the environment, then XDG, then the home", () => {
    expect(configPlace("flag.jsonc", env, "/cwd")).toEqual({ path: "/cwd/flag.jsonc", isNamed: true });
    expect(configPlace(undefined, env, "/cwd")).toEqual({ path: "/cwd/env.jsonc", isNamed: true });
    expect(configPlace(undefined, { ...env, MAILWARD_CONFIG: "" }, "/cwd")).toEqual({
      path: "/xdg/mailward/config.jsonc",
      isNamed: false,
    });
    expect(configPlace(undefined, { HOME: "/home/ann", XDG_CONFIG_HOME: "relative" }, "/cwd")).toEqual({
      path: "/home/ann/.config/mailward/config.jsonc",
      isNamed: false,
    });
  });
});

describe("the other places", () => {
  test("follow XDG", () => {
    expect(stateDirectory({ HOME: "/home/ann" })).toBe("/home/ann/.local/state/mailward");
    expect(stateDirectory({ HOME: "/home/ann", XDG_STATE_HOME: "/state" })).toBe("/state/mailward");
    expect(databaseDirectory({ HOME: "/home/ann", XDG_DATA_HOME: "/data" })).toBe("/data/mailward/db");
    expect(cacheDirectory({ HOME: "/home/ann", XDG_CACHE_HOME: "/cache" })).toBe("/cache/mailward");
    expect(runtimeDirectory({ XDG_RUNTIME_DIR: "/run/user/1" })).toBe("/run/user/1/mailward");
    expect(runtimeDirectory({})).toBeUndefined();
    expect(systemConfigPath({})).toBe("/etc/mailward/config.jsonc");
    expect(systemConfigPath({ MAILWARD_SYSTEM_CONFIG: "/x" })).toBe("/x");
    expect(systemConfigPath({ MAILWARD_SYSTEM_CONFIG: "" })).toBeUndefined();
  });

  test("are those that the service manager has made", () => {
    const env = { HOME: "/root", STATE_DIRECTORY: "/var/lib/mailward", CACHE_DIRECTORY: "/var/cache/mailward" };
    expect(stateDirectory(env)).toBe("/var/lib/mailward");
    expect(databaseDirectory(env)).toBe("/var/lib/mailward/db");
    expect(cacheDirectory(env)).toBe("/var/cache/mailward");
    expect(stateDirectory({ ...env, STATE_DIRECTORY: "/var/lib/a:/var/lib/mailward" })).toBe("/var/lib/mailward");
    // Those of another service that has started this program are not ours.
    const other = { HOME: "/root", STATE_DIRECTORY: "/var/lib/other", CACHE_DIRECTORY: "mailward" };
    expect(stateDirectory(other)).toBe("/root/.local/state/mailward");
    expect(databaseDirectory(other)).toBe("/root/.local/share/mailward/db");
    expect(cacheDirectory(other)).toBe("/root/.cache/mailward");
  });

  test("homeDirectory() takes the passwd entry when HOME is missing, empty or relative", () => {
    for (const HOME of [undefined, "", "here"]) expect(homeDirectory({ HOME })).toBe(userInfo().homedir);
  });

  test("temporaryDirectory() takes the first that exists", () => {
    const directory = testDirectory();
    expect(temporaryDirectory({ TMPDIR: directory })).toBe(directory);
    expect(temporaryDirectory({ TMPDIR: join(directory, "missing"), TMP: directory })).toBe(directory);
    expect(temporaryDirectory({ TMPDIR: "relative", TMP: directory })).toBe(directory);
  });
});
