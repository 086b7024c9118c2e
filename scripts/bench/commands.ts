/** Whole-process times of short commands, mailward and clamscan in turn. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hexSignature, median } from "./figures.ts";

const RUNS = 15;

export function measureCommands(executable: string): void {
  const directory = mkdtempSync(join(tmpdir(), "mailward-bench-"));
  try {
    const mail = join(directory, "mail.eml");
    writeFileSync(mail, smallMail());
    const database = join(directory, "test.ndb");
    writeFileSync(database, `Test:0:*:${hexSignature()}\n`);
    const commands = {
      "mailward --version": [executable, "--version"],
      "mailward scan (one 2 KB mail)": [executable, "scan", mail],
      "clamscan (the same, one signature)": ["clamscan", `--database=${database}`, mail],
    };
    const times = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
    for (let run = 0; run <= RUNS; run += 1) {
      for (const [name, [command = "", ...args]] of Object.entries(commands)) {
        const start = performance.now();
        const { error } = spawnSync(command, args, { stdio: "ignore" });
        if (error === undefined && run > 0) times.get(name)?.push(performance.now() - start);
      }
    }
    const reference = median(times.get("clamscan (the same, one signature)") ?? []);
    process.stdout.write(`\n## Whole processes, median of ${RUNS} (ratio to clamscan)\n`);
    for (const [name, list] of times) {
      const value = median(list);
      process.stdout.write(`${name.padEnd(38)} ${value.toFixed(0)} ms  x${(value / reference).toFixed(2)}\n`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function smallMail(): string {
  const lines = Array.from(
    { length: 24 },
    (_, line) => `Line ${line} of a message of about two kilobytes, all of it plain text.`,
  );
  return `From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: two kilobytes\r\n\r\n${lines.join("\r\n")}\r\n`;
}
