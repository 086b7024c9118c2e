import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { version } from "../../src/core/version.ts";
import { type CliHome, cliHome } from "../support/run-cli.ts";

function withConfig(text: string): CliHome {
  const cli = cliHome();
  mkdirSync(dirname(cli.configFile), { recursive: true });
  writeFileSync(cli.configFile, text);
  return cli;
}

const COMMENTED = `// my mail
{
  "ports": { "imap": [143 /* the usual */, 1143] }, // two
  "exclude": {
    "ip": [
      "192.168.0.10", // printer
    ]
  }
}
`;

describe("mailward", () => {
  test("starts from any directory and shows its version", async () => {
    expect(await cliHome().spawn({}, "--version")).toEqual({ code: 0, stdout: `mailward ${version}\n`, stderr: "" });
  });

  test("exits with 2 and a suggestion for what does not exist", async () => {
    const cli = cliHome();
    const [command, option] = await Promise.all([
      cli.spawn({}, "prots", "list"),
      cli.spawn({}, "ports", "list", "--jsno"),
    ]);
    expect(command).toEqual({
      code: 2,
      stdout: "",
      stderr: 'mailward: Cannot run "prots": there is no such command\nDid you mean "mailward ports"?\n',
    });
    expect(option.code).toBe(2);
    expect(option.stderr).toContain("Did you mean --json?");
  });

  test("prints an error without a stack trace when the configuration is broken", async () => {
    const cli = withConfig('{\n  "scan": { "dept": 3 }\n}\n');
    const { code, stdout, stderr } = await cli.spawn({}, "ports", "list");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      `mailward: Cannot use the configuration: one problem\n${cli.configFile}:2:13: unknown key "scan.dept"; did you mean "scan.depth"? accepted in it: messageSize, archiveSize, messageArchiveSize, depth, entries, ratio, timeLimit, threads, passwordFile, uploads\nAll keys and what they accept: mailward config --help\n`,
    );
  });
});

describe("mailward config", () => {
  test("sets, gets, shows and unsets a value", async () => {
    const cli = cliHome();
    expect(await cli.run("config", "get", "scan.archiveSize")).toEqual({ code: 0, stdout: "30 MiB\n", stderr: "" });
    const set = await cli.spawn({}, "config", "set", "scan.archiveSize", "50MB");
    expect(set).toMatchObject({ code: 0, stdout: "" });
    expect(set.stderr).toContain('scan.archiveSize is now "50 MiB", it was "30 MiB", the default');
    expect(set.stderr).toContain("a running mailward takes it at its next start");
    expect(statSync(cli.configFile).mode & 0o777).toBe(0o600);
    expect((await cli.spawn({}, "config", "get", "scan.archiveSize", "--json")).stdout).toBe('"50 MiB"\n');
    const shown = await cli.run("config", "show", "--origin");
    expect(shown.stdout).toMatch(/^scan\.archiveSize += {2}"50 MiB" +user: .*config\.jsonc:4:20$/m);
    expect(shown.stdout).toMatch(/^scan\.depth += {2}10 +default$/m);
    expect((await cli.run("config", "unset", "scan.archiveSize")).code).toBe(0);
    expect((await cli.run("config", "get", "scan.archiveSize")).stdout).toBe("30 MiB\n");
  });

  test("show --json is a configuration file that says the same", async () => {
    const cli = withConfig('{"scan":{"timeLimit":"90 s"},"forward":["127.0.0.1:9=imaps://mail.example.org"]}');
    const { stdout } = await cli.run("config", "show", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ scan: { timeLimit: "90 s", depth: 10 }, exclude: { ip: [], host: [] } });
    const copy = join(cli.home, "copy.jsonc");
    writeFileSync(copy, stdout);
    expect((await cli.run("--config", copy, "config", "show", "--json")).stdout).toBe(stdout);
  });

  test("keeps comments and order when lists are changed", async () => {
    const cli = withConfig(COMMENTED);
    await cli.run("ports", "add", "imap", "2143");
    await cli.run("exclude", "ip", "add", "10.0.0.0/8");
    await cli.run("config", "set", "log.level", "debug");
    expect(readFileSync(cli.configFile, "utf8")).toBe(`// my mail
{
  "ports": { "imap": [143 /* the usual */, 1143, 2143] }, // two
  "exclude": {
    "ip": [
      "192.168.0.10", // printer
      "10.0.0.0/8",
    ]
  },
  "log": {
    "level": "debug"
  }
}
`);
    await cli.run("ports", "remove", "imap", "2143");
    await cli.run("exclude", "ip", "remove", "10.9.9.9/8");
    await cli.run("config", "unset", "log.level");
    expect(readFileSync(cli.configFile, "utf8")).toContain("[143 /* the usual */, 1143] }, // two\n");
    expect((await cli.run("exclude", "list")).stdout).toBe("ip 192.168.0.10\n");
  });

  test("saves nothing that is not valid", async () => {
    const cli = withConfig(COMMENTED);
    const refusals = await Promise.all([
      cli.run("config", "set", "scan.timeLimit", "120"),
      cli.run("config", "set", "ports.pop3", "1143"),
      cli.run("config", "set", "forward", "127.0.0.1:9=imap://ann:hunter2@mail.example.org"),
      cli.run("config", "set", "scan.dept", "3"),
      cli.run("config", "set", "scan.depth"),
    ]);
    expect(refusals.map((refusal) => refusal.code)).toEqual([2, 2, 2, 2, 2]);
    const [limit, ports, forward, key] = refusals.map((refusal) => refusal.stderr);
    expect(limit).toContain("120 ms is less than 1 s");
    expect(ports).toContain('port 1143 is in "ports.imap" and in "ports.pop3"');
    expect(forward).not.toContain("hunter2");
    expect(key).toContain('Did you mean "scan.depth"?');
    expect(readFileSync(cli.configFile, "utf8")).toBe(COMMENTED);
  });

  test("does not touch a file with a syntax error, but mends a wrong value", async () => {
    const broken = withConfig('{ "scan": { "depth": 3 ');
    expect((await broken.run("config", "set", "scan.depth", "4")).stderr).toContain('config.jsonc:1:24: a closing "}"');
    expect(readFileSync(broken.configFile, "utf8")).toBe('{ "scan": { "depth": 3 ');
    const wrong = withConfig('{ "scan": { "depth": 300 } }');
    expect((await wrong.run("ports", "add", "imap", "2143")).code).toBe(2);
    expect((await wrong.run("config", "set", "scan.depth", "4")).code).toBe(0);
    expect(readFileSync(wrong.configFile, "utf8")).toBe('{ "scan": { "depth": 4 } }');
  });

  test("path names the file, says when there is none, and when there can be none", async () => {
    const cli = cliHome();
    expect(await cli.run("config", "path")).toEqual({
      code: 0,
      stdout: `${cli.configFile}\n`,
      stderr: "mailward: there is no such file yet: the defaults apply\n",
    });
    expect((await cli.runWith({ MAILWARD_CONFIG: "mine.jsonc" }, "config", "path")).stdout).toBe(
      `${join(cli.home, "mine.jsonc")}\n`,
    );
  });

  test("validate checks a file and lists all that is wrong with it", async () => {
    const cli = withConfig(COMMENTED);
    expect(await cli.run("config", "validate")).toEqual({ code: 0, stdout: `${cli.configFile}: OK\n`, stderr: "" });
    const other = join(cli.home, "other.jsonc");
    writeFileSync(other, '{ "scan": { "depth": 0 }, "log": { "levle": "info" } }');
    expect(await cli.run("config", "validate", "other.jsonc")).toEqual({
      code: 1,
      stdout: `${other}:1:22: "scan.depth" can not be 0; accepted: a whole number from 1 to 100\n${other}:1:36: unknown key "log.levle"; did you mean "log.level"? accepted in it: level, format\n`,
      stderr: "",
    });
    const json = JSON.parse((await cli.run("config", "validate", "--json", "other.jsonc")).stdout);
    expect(json).toMatchObject({ file: other, problems: [{ place: `${other}:1:22` }, { place: `${other}:1:36` }] });
    expect((await cli.run("config", "validate", "none.jsonc")).code).toBe(2);
  });

  test("takes file names on the command line from the working directory", async () => {
    const cli = cliHome();
    await cli.run("config", "set", "upstream.caFile", "ca.pem");
    expect((await cli.run("config", "get", "upstream.caFile")).stdout).toBe(`${join(cli.home, "ca.pem")}\n`);
    await cli.run("config", "set", "upstream.caFile", "null");
    expect(await cli.run("config", "get", "upstream.caFile")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("turns a listener off as the flag does, and takes an empty word for a mistake", async () => {
    const cli = cliHome();
    expect((await cli.run("config", "set", "listen.imap", "off")).code).toBe(0);
    expect((await cli.run("config", "get", "listen.imap", "--json")).stdout).toBe("[]\n");
    expect((await cli.run("config", "--help")).stdout).toContain("config set listen.imap off");
    const empty = await cli.run("config", "set", "listen.pop3", "");
    expect(empty.code).toBe(2);
    expect(empty.stderr).toContain('"listen.pop3" can not hold "" (it is empty)');
    for (const flag of ["--imap", "--pop3", "--forward"]) {
      const { code, stderr } = await cli.run("serve", flag, "");
      expect([flag, code]).toEqual([flag, 2]);
      expect(stderr).toMatch(/^mailward: Cannot use .*(?:\n.*)?empty/);
    }
  });

  test("tells of files that are named and not there", async () => {
    const cli = cliHome();
    const ca = await cli.run("config", "set", "upstream.caFile", "/nope.pem");
    expect(ca.code).toBe(0);
    const missing = '"upstream.caFile" names "/nope.pem", which can not be read now: there is no such file\n';
    expect(ca.stderr).toContain(`mailward: ${missing}`);
    await cli.run("config", "set", "signatures.files", `${cli.home},/nope.hsb`);
    await cli.run("config", "set", "signatures.directory", "/nope");
    await cli.run("config", "set", "yara.rules", cli.home);
    const checked = await cli.run("config", "validate");
    expect(checked.code).toBe(1);
    expect(checked.stdout).toContain(`${cli.configFile}:4:15: ${missing}`);
    // Signatures and rules may be in a folder, and the one for those that are fetched is made when it is needed.
    expect(checked.stdout).not.toContain(`"signatures.files" names "${cli.home}"`);
    expect(checked.stdout).not.toContain(`"yara.rules" names "${cli.home}"`);
    expect(checked.stdout).not.toContain("signatures.directory");
    expect(checked.stdout).toContain('"signatures.files" names "/nope.hsb"');
    writeFileSync(join(cli.home, "ca.pem"), "");
    const there = await cli.run("config", "set", "upstream.caFile", "ca.pem");
    expect(there.stderr).not.toContain("can not be read");
    await cli.run("config", "set", "signatures.files", "[]");
    await cli.run("config", "set", "yara.rules", "[]");
    expect((await cli.run("config", "validate")).code).toBe(0);
    const inForce = await cli.runWith({ MAILWARD_UPSTREAM_CA_FILE: "/nope.pem" }, "config", "validate");
    expect(inForce.code).toBe(1);
    expect(inForce.stderr).toContain(`MAILWARD_UPSTREAM_CA_FILE: ${missing}`);
  });

  test("says that a section is one, and takes a negative number for a value", async () => {
    const cli = cliHome();
    const results = await Promise.all([
      cli.run("config", "set", "log", "{}"),
      cli.run("config", "unset", "log"),
      cli.run("config", "set", "scan.archiveSize", "-1"),
      cli.run("exclude", "host", "add", "-x.y"),
    ]);
    expect(results.map((result) => result.code)).toEqual([2, 2, 2, 2]);
    const [set, unset, negative, dash] = results.map((result) => result.stderr);
    expect(set).toContain(
      'Cannot set "log": it is a section, and only its keys have values\nIts keys: log.level, log.format',
    );
    expect(unset).toContain('Cannot unset "log": it is a section');
    expect(negative).toContain('"scan.archiveSize" can not be -1');
    expect(dash).toContain('comes after "--": mailward exclude … -- -x.y\n');
  });

  test("adds and removes entries of a list, and leaves the others", async () => {
    const cli = cliHome();
    writeFileSync(join(cli.home, "own.yar"), "rule a { condition: false }");
    expect((await cli.run("config", "add", "yara.rules", "own.yar")).stderr).toContain("yara.rules: added");
    const second = await cli.run("config", "add", "yara.rules", "other.yar", "own.yar");
    expect([second.code, second.stderr]).toEqual([0, expect.stringContaining("there is no such file")]);
    const get = async (key: string) => (await cli.run("config", "get", key)).stdout.trim().split("\n");
    expect(await get("yara.rules")).toEqual([join(cli.home, "own.yar"), join(cli.home, "other.yar")]);
    await cli.run("config", "remove", "yara.rules", "own.yar");
    expect(await get("yara.rules")).toEqual([join(cli.home, "other.yar")]);
    await cli.run("config", "add", "rspamd.malware", "OWN,MORE_*");
    expect(await get("rspamd.malware")).toEqual(["VIRUS", "*_VIRUS", "MALWARE", "*_MALWARE", "OWN", "MORE_*"]);
    await cli.run("config", "remove", "ports.imaps", "585");
    expect(await get("ports.imaps")).toEqual(["993"]);
  });

  test("refuses entries of what is no list, that are not there, or that mean nothing", async () => {
    const cli = cliHome();
    for (const [words, why] of [
      [
        ["add", "scan.depth", "3"],
        'Cannot add an entry of "scan.depth": it is no list\nmailward config set scan.depth',
      ],
      [["remove", "ports.imap", "7"], 'Cannot remove 7 from "ports.imap": it is not there'],
      [["add", "heuristics.on", "nonsense"], "there is no such heuristic"],
      [["add", "yara.rules"], 'Cannot add to "yara.rules": the value is missing\nmailward config add yara.rules VALUE'],
      [["add"], "Cannot add: the key is missing"],
    ] as const) {
      const { code, stderr } = await cli.run("config", ...words);
      expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
    }
    expect(existsSync(cli.configFile)).toBe(false);
  });

  test("says when an environment variable overrides what was set", async () => {
    const cli = cliHome();
    const { stderr } = await cli.runWith({ MAILWARD_SCAN_DEPTH: "7" }, "config", "set", "scan.depth", "5");
    expect(stderr).toContain("MAILWARD_SCAN_DEPTH in this environment overrides it");
    expect((await cli.runWith({ MAILWARD_SCAN_DEPTH: "7" }, "config", "get", "scan.depth")).stdout).toBe("7\n");
  });

  test("writes through a symbolic link", async () => {
    const cli = cliHome();
    const real = join(cli.home, "dotfiles.jsonc");
    writeFileSync(real, "{}\n");
    mkdirSync(dirname(cli.configFile), { recursive: true });
    symlinkSync(real, cli.configFile);
    await cli.run("config", "set", "scan.depth", "5");
    expect(readFileSync(real, "utf8")).toBe('{\n  "scan": {\n    "depth": 5\n  }\n}\n');
  });

  test("loses no change when many are made at the same time", async () => {
    const cli = cliHome();
    const rules = Array.from({ length: 4 }, (_, index) => `192.0.2.${index}`);
    const results = await Promise.all(rules.map((rule) => cli.spawn({}, "exclude", "ip", "add", rule)));
    expect(results.map((result) => result.code)).toEqual(rules.map(() => 0));
    expect((await cli.run("exclude", "ip", "list")).stdout.trim().split("\n").sort()).toEqual(rules);
  });
});

describe("mailward ports", () => {
  test("lists, adds and removes", async () => {
    const cli = cliHome();
    expect((await cli.run("ports", "list")).stdout).toBe("imap   143\nimaps  993, 585\npop3   110\npop3s  995\n");
    const added = await cli.run("ports", "add", "imaps", "993,9993", "10993");
    expect(added.code).toBe(0);
    expect(added.stderr).toContain("ports of imaps already: 993\n");
    expect(added.stderr).toContain("ports.imaps: added 9993, 10993");
    expect((await cli.run("ports", "list", "imaps")).stdout).toBe("993\n585\n9993\n10993\n");
    expect((await cli.run("ports", "remove", "imaps", "993", "9993")).stderr).toContain("removed 993, 9993");
    expect(JSON.parse((await cli.run("ports", "list", "--json")).stdout)).toEqual({
      imap: [143],
      imaps: [585, 10_993],
      pop3: [110],
      pop3s: [995],
    });
    expect(await cli.run("ports", "add", "imap", "143")).toEqual({
      code: 0,
      stdout: "",
      stderr: "mailward: ports.imap is already [143], the default\n",
    });
  });

  test("refuses what is no port, another protocol's port, and one that is not there", async () => {
    const cli = cliHome();
    const results = await Promise.all([
      cli.run("ports", "add", "imap", "0143"),
      cli.run("ports", "add", "imap", "65536"),
      cli.run("ports", "add", "imap", "995"),
      cli.run("ports", "remove", "imap", "1143"),
      cli.run("ports", "add", "imapps", "1143"),
      cli.run("ports", "add", "imap"),
    ]);
    expect(results.map((result) => result.code)).toEqual([2, 2, 2, 2, 2, 2]);
    const [octal, large, taken, absent, protocol] = results.map((result) => result.stderr);
    expect(octal).toContain('"0143" as a port');
    expect(large).toContain('"65536" as a port');
    expect(taken).toContain("it is a port of pop3s\nmailward ports remove pop3s 995");
    expect(absent).toContain("it is not there\nThe ports of imap: 143");
    expect(protocol).toContain('Did you mean "mailward ports add imaps"?');
    expect(existsSync(cli.configFile)).toBe(false);
  });
});

describe("mailward exclude", () => {
  test("adds, lists and removes rules of both kinds", async () => {
    const cli = cliHome();
    const added = await cli.run("exclude", "ip", "add", "192.168.1.0/255.255.255.0", "2002:c0a8:6301:1::1/64");
    expect(added.stderr).toContain('exclude.ip: added "192.168.1.0/255.255.255.0", "2002:c0a8:6301:1::1/64"');
    await cli.run("exclude", "host", "add", "*.example.org");
    expect((await cli.run("exclude", "list")).stdout).toBe(
      "ip 192.168.1.0/255.255.255.0\nip 2002:c0a8:6301:1::1/64\nhost *.example.org\n",
    );
    expect((await cli.run("exclude", "list", "--json")).stdout).toBe(
      '{"ip":["192.168.1.0/255.255.255.0","2002:c0a8:6301:1::1/64"],"host":["*.example.org"]}\n',
    );
    expect((await cli.run("exclude", "host", "list", "--json")).stdout).toBe('["*.example.org"]\n');
    const again = await cli.run("exclude", "ip", "add", "192.168.1.7/24");
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('"192.168.1.7/24" is there already, as "192.168.1.0/255.255.255.0"');
    await cli.run("exclude", "ip", "remove", "192.168.1.0/24");
    expect((await cli.run("exclude", "ip", "list")).stdout).toBe("2002:c0a8:6301:1::1/64\n");
  });

  test("refuses rules that mean nothing and the removal of what is not there", async () => {
    const cli = withConfig('{"exclude":{"host":["mail.example.org"]}}');
    const results = await Promise.all([
      cli.run("exclude", "ip", "add", "1.2.3"),
      cli.run("exclude", "ip", "add", "192.168.0.9-192.168.0.1"),
      cli.run("exclude", "host", "add", "https://example.org"),
      cli.run("exclude", "host", "remove", "mial.example.org"),
      cli.run("exclude", "hots", "list"),
    ]);
    expect(results.map((result) => result.code)).toEqual([2, 2, 2, 2, 2]);
    const [short, backwards, url, absent, kind] = results.map((result) => result.stderr);
    expect(short).toContain("four numbers from 0 to 255");
    expect(short).toContain("A rule is one of 192.168.0.10, ");
    expect(backwards).toContain("it runs backwards");
    expect(url).toContain("more than a host name");
    expect(absent).toContain('Did you mean "mail.example.org"?');
    expect(kind).toContain('Did you mean "mailward exclude host"?');
  });

  test("warns of a rule that leaves nothing to be scanned", async () => {
    const { code, stderr } = await cliHome().run("exclude", "host", "add", "*");
    expect(code).toBe(0);
    expect(stderr).toContain('"*" excludes nearly every host: mail from there is not scanned');
  });
});
