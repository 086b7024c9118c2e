/** The live table on a real terminal: tmux is the terminal. */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Dovecot, dovecotProblem, PASSWORD, startDovecot } from "../support/dovecot.ts";
import { LineClient } from "../support/mail-client.ts";
import { eicarZipMail, largeMail, textMail } from "../support/sample-mail.ts";
import { commandLine, executableProblem, scratchDirectory } from "./executable.ts";

const tmuxProblem = existsSync("/usr/bin/tmux") ? undefined : "tmux is not installed";
const problem = dovecotProblem() ?? executableProblem() ?? tmuxProblem;
const scratch = scratchDirectory("dashboard");
let dovecot: Dovecot;
const terminals: Terminal[] = [];

beforeAll(async () => {
  if (problem !== undefined) return;
  dovecot = await startDovecot();
  dovecot.addUser("ann", [textMail(), eicarZipMail({ subject: "Your invoice" }), largeMail(2_000_000)]);
});

afterAll(async () => {
  for (const terminal of terminals) terminal.close();
  await dovecot?.stop();
  scratch.dispose();
});

describe("mailward serve on a terminal", () => {
  test("shows the download while it runs, follows the size, and gives the terminal back", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const terminal = serveOn(80, 24, "C.UTF-8");
    await expect.poll(() => terminal.screen(), POLL).toContain("no connections yet");
    const [, port = ""] = /imap 127\.0\.0\.1:(\d+)/.exec(terminal.screen()) ?? [];
    expect(terminal.screen()).toMatch(/NAME\/SERVER|example\.org\//);

    const client = await LineClient.connect(Number(port));
    await client.line();
    client.send(`a1 LOGIN "ann/127.0.0.1:${dovecot.ports.imap};plain" ${PASSWORD}`);
    await client.until(/^a1 /);
    client.send("a2 SELECT INBOX");
    await client.until(/^a2 /);
    client.send("a3 FETCH 1:3 (BODY.PEEK[])");
    await client.until(/^a3 /);

    await expect.poll(() => terminal.screen(), POLL).toMatch(/Eicar.*invoice\.zip > a\.com/);
    await expect.poll(() => terminal.screen(), POLL).toMatch(/1 connection\b.*3 messages.*1 infected/);
    const small = terminal.screen();
    expect(small).toMatch(new RegExp(`imap .* 127\\.0\\.0\\.1:${dovecot.ports.imap}`));
    expect(small).toContain("q quit");
    expect(small).not.toContain(PASSWORD);
    expect(Math.max(...small.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);

    terminal.resize(120, 40);
    await expect.poll(() => terminal.screen().split("\n")[39], POLL).toContain("q quit");
    expect(terminal.screen()).toMatch(/plain→plain/);
    terminal.resize(60, 15);
    await expect.poll(() => terminal.screen().split("\n")[14], POLL).toContain("q quit");

    client.close();
    await expect.poll(() => terminal.screen(), POLL).toContain("0 connections");
    terminal.press("q");
    await expect.poll(() => terminal.screen(), POLL).toContain("ended with 0");
    expect(terminal.screen()).not.toContain("q quit");
  });

  test("draws ASCII in another locale, shows its keys, and ends on ctrl-C", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const terminal = serveOn(120, 40, "C");
    await expect.poll(() => terminal.screen(), POLL).toContain("no connections yet");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
    expect(terminal.screen()).toMatch(/^[\x00-\x7f]*$/);
    terminal.press("?");
    await expect.poll(() => terminal.screen(), POLL).toContain("ctrl-C");
    terminal.press("C-c");
    await expect.poll(() => terminal.screen(), POLL).toContain("ended with 0");
  });

  test("stops as gracefully on SIGTERM as on a key", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const terminal = serveOn(80, 24, "C.UTF-8");
    await expect.poll(() => terminal.screen(), POLL).toContain("no connections yet");
    terminal.terminate();
    await expect.poll(() => terminal.screen(), POLL).toContain("ended with 0");
  });

  test("writes log lines on a dumb terminal", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const terminal = serveOn(80, 24, "C.UTF-8", "dumb");
    await expect.poll(() => terminal.screen(), POLL).toMatch(/listening/);
    expect(terminal.screen()).not.toContain("q quit");
    terminal.press("C-c");
    await expect.poll(() => terminal.screen(), POLL).toContain("ended with");
  });
});

const POLL = { timeout: 15_000, interval: 50 };

interface Terminal {
  screen(): string;
  press(key: string): void;
  resize(columns: number, rows: number): void;
  /** Sends SIGTERM to the program. */
  terminate(): void;
  close(): void;
}

function serveOn(columns: number, rows: number, locale: string, term = "screen-256color"): Terminal {
  const config = join(scratch.path, "config.jsonc");
  writeFileSync(config, JSON.stringify({ listen: { pop3: ["127.0.0.1:0"], imap: ["127.0.0.1:0"] } }));
  const [command, args] = commandLine(["serve", "--config", config]);
  const environment = [`PATH=${process.env.PATH}`, `TERM=${term}`, `LC_ALL=${locale}`];
  const words = ["env", "-i", ...environment, command, ...args].map((word) => `'${word}'`).join(" ");
  const socket = `mailward-${process.pid}-${terminals.length}`;
  const tmux = (...rest: string[]) =>
    execFileSync("tmux", ["-u", "-L", socket, "-f", "/dev/null", ...rest], {
      encoding: "utf8",
      env: { PATH: process.env.PATH ?? "", LANG: "C.UTF-8", TERM: "xterm-256color" },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const script = `${words}; echo ended with $?; exec sleep 600`;
  tmux("new-session", "-d", "-s", "test", "-x", String(columns), "-y", String(rows), script);
  const terminal: Terminal = {
    screen: () => tmux("capture-pane", "-p", "-t", "test").replace(/\n$/, ""),
    press: (key) => void tmux("send-keys", "-t", "test", key),
    resize: (width, height) => void tmux("resize-window", "-t", "test", "-x", String(width), "-y", String(height)),
    terminate: () => {
      const shell = tmux("display-message", "-p", "-t", "test", "#{pane_pid}").trim();
      process.kill(Number(execFileSync("pgrep", ["-P", shell], { encoding: "utf8" })), "SIGTERM");
    },
    close: () => void tmux("kill-server"),
  };
  terminals.push(terminal);
  return terminal;
}
