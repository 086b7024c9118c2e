/** Excluded servers are relayed unscanned, and shown so; everything else is scanned. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Dovecot, dovecotProblem, PASSWORD, startDovecot } from "../support/dovecot.ts";
import { eicarZipMail } from "../support/sample-mail.ts";
import { contains } from "./eicar-search.ts";
import { executableProblem, type Serving, scratchDirectory, startServe } from "./executable.ts";

const problem = dovecotProblem() ?? executableProblem();
const scratch = scratchDirectory("exclude");
let dovecot: Dovecot;
let serving: Serving;

beforeAll(async () => {
  if (problem !== undefined) return;
  dovecot = await startDovecot();
  dovecot.addUser("ann", [eicarZipMail({ subject: "Your invoice" })]);
  const config = join(scratch.path, "config.jsonc");
  const listen = { pop3: ["127.0.0.1:0"], imap: ["127.0.0.1:0"] };
  const exclude = { ip: ["127.0.0.9/32"], host: ["local*"] };
  const upstream = { caFile: dovecot.caFile };
  writeFileSync(config, JSON.stringify({ listen, exclude, upstream }));
  const forward = `127.0.0.1:0=pop3s://localhost:${dovecot.ports.pop3s}`;
  serving = await startServe(["--config", config, "--forward", forward], 3);
});

afterAll(async () => {
  await serving?.stop();
  await dovecot?.stop();
  scratch.dispose();
});

/** The first message, by curl. */
function download(protocol: "pop3" | "imap", mode: string, user: string, path: string): string {
  const { host, port } = serving.address(protocol, mode);
  const url = `${protocol}://${encodeURIComponent(user)}:${PASSWORD}@${host}:${port}/${path}`;
  return execFileSync("curl", ["-sS", url], { encoding: "latin1" });
}

describe("exclude", () => {
  test("relays what is excluded untouched and scans the same mailbox by another name", async ({ skip }) => {
    skip(problem !== undefined, problem);
    const original = eicarZipMail({ subject: "Your invoice" }).toString("latin1");
    const { ports } = dovecot;
    for (const [protocol, path] of [
      ["pop3", "1"],
      ["imap", "INBOX;UID=1"],
    ] as const) {
      expect(download(protocol, "explicit", `ann/localhost:${ports[`${protocol}s`]}`, path)).toBe(original);
      expect(download(protocol, "explicit", `ann/localhost:${ports[protocol]};plain`, path)).toBe(original);
      const scanned = download(protocol, "explicit", `ann/127.0.0.1:${ports[protocol]};plain`, path);
      expect(scanned).not.toBe(original);
      expect(contains(Buffer.from(scanned), Buffer.from("Eicar-Test-Signature"))).toBe(true);
    }
    expect(download("pop3", `pop3s://localhost:${ports.pop3s}`, "ann", "1")).toBe(original);
    const lines = () => serving.log().match(/.*"passthrough".*/g) ?? [];
    await expect.poll(() => lines().length).toBe(5);
    for (const line of lines()) expect(line).toContain("local*");
  });
});
