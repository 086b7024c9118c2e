/** Where mailward's files are: XDG places of the user, /etc for the system, whatever flag and environment name. */
import { accessSync, constants } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, isAbsolute, join, resolve } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration file that is read and written. `isNamed` is true when somebody asked for this very file: then it
 *  must be there to be read. */
export interface ConfigPlace {
  readonly path: string;
  readonly isNamed: boolean;
}

/** The file named by `flag`, else by MAILWARD_CONFIG, else the user's. Undefined when there is no home either. */
export function configPlace(flag: string | undefined, env: Environment, cwd: string): ConfigPlace | undefined {
  const named = flag ?? (env.MAILWARD_CONFIG || undefined);
  if (named !== undefined) return { path: resolve(cwd, named), isNamed: true };
  const directory = userDirectory(env, "XDG_CONFIG_HOME", ".config");
  return directory === undefined ? undefined : { path: join(directory, "config.jsonc"), isNamed: false };
}

/** The administrator's file, read below the user's. MAILWARD_SYSTEM_CONFIG moves it; empty, there is none. */
export function systemConfigPath(env: Environment): string | undefined {
  const moved = env.MAILWARD_SYSTEM_CONFIG;
  if (moved === undefined) return "/etc/mailward/config.jsonc";
  return isAbsolute(moved) ? moved : undefined;
}

/** Where what outlives the process is kept, or undefined without a home. */
export function stateDirectory(env: Environment): string | undefined {
  return serviceDirectory(env.STATE_DIRECTORY) ?? userDirectory(env, "XDG_STATE_HOME", join(".local", "state"));
}

/** Where the databases are that `mailward db` fetches, unless `signatures.directory` says otherwise; undefined without
 *  a home. */
export function databaseDirectory(env: Environment): string | undefined {
  const base = serviceDirectory(env.STATE_DIRECTORY) ?? userDirectory(env, "XDG_DATA_HOME", join(".local", "share"));
  return base === undefined ? undefined : join(base, "db");
}

/** Where is kept what can be made again, or undefined without a home. */
export function cacheDirectory(env: Environment): string | undefined {
  return serviceDirectory(env.CACHE_DIRECTORY) ?? userDirectory(env, "XDG_CACHE_HOME", ".cache");
}

/** Where sockets of the running daemon are, or undefined when the system gives no such place. */
export function runtimeDirectory(env: Environment): string | undefined {
  const base = env.XDG_RUNTIME_DIR;
  return base !== undefined && isAbsolute(base) ? join(base, "mailward") : undefined;
}

/** A directory for temporary files: the first of the usual ones that can be written to. */
export function temporaryDirectory(env: Environment): string {
  const candidates = [env.TMPDIR, env.TEMP, env.TMP, tmpdir(), "/tmp", "/var/tmp", env.XDG_RUNTIME_DIR, "/dev/shm"];
  const usable = candidates.filter((path) => path !== undefined && isAbsolute(path));
  return usable.find((path) => path !== undefined && isWritable(path)) ?? tmpdir();
}

/** The user's home; undefined without HOME and without a passwd entry, as in bare containers. */
export function homeDirectory(env: Environment): string | undefined {
  const home = env.HOME;
  if (home !== undefined && isAbsolute(home)) return home;
  try {
    const known = userInfo().homedir;
    return isAbsolute(known) ? known : undefined;
  } catch {
    return undefined;
  }
}

/** The folder that systemd has made for a service (StateDirectory=mailward is /var/lib/mailward, CacheDirectory=
 *  /var/cache/mailward). Another service that starts this program hands on folders of its own: they are not taken. */
function serviceDirectory(variable: string | undefined): string | undefined {
  return variable?.split(":").find((path) => isAbsolute(path) && basename(path) === "mailward");
}

/** XDG base directory specification: a relative value is to be ignored. */
function userDirectory(env: Environment, variable: string, fallback: string): string | undefined {
  const base = env[variable];
  if (base !== undefined && isAbsolute(base)) return join(base, "mailward");
  const home = homeDirectory(env);
  return home === undefined ? undefined : join(home, fallback, "mailward");
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
