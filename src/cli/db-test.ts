/** `mailward db test`: loads databases as a scan does, and checks that what has to be found is found with them. */
import { resolve } from "node:path";
import { checkDatabases, type DatabaseCheck } from "../app/database-check.ts";
import { enginesWithDatabases } from "../app/database-files.ts";
import { systemClock } from "../app/log-writer.ts";
import { errorText, UserError } from "../core/errors.ts";
import { formatCount } from "../core/format.ts";
import { jsonLine } from "../core/json-line.ts";
import { silentLogger } from "../core/log.ts";
import type { Verdict } from "../core/model.ts";
import { sanitize } from "../core/sanitize.ts";
import type { EngineSettings } from "../core/settings.ts";
import { EICAR_LITERAL, EICAR_NAME } from "../scan/engines/signatures/eicar.ts";
import type { MessageSource } from "../scan/judge.ts";
import { startScanService } from "../scan/service-client.ts";
import { cacheDirectory } from "../storage/paths.ts";
import { flagOption } from "./arguments.ts";
import { writeProblems } from "./db-problems.ts";
import type { DbRequest } from "./db-request.ts";

/** 0 when everything can be loaded and the test virus is found, else 1. */
export async function testDatabases(request: DbRequest): Promise<number> {
  const { words, settings, context, options } = request;
  const configured = await enginesWithDatabases(settings, context.env);
  const files = words.length === 0 ? configured.signatures.files : words.map((word) => resolve(context.cwd, word));
  const result = await runTest({ ...configured, signatures: { files } }, request);
  if (flagOption(options, "json")) {
    const { check, isFound, error } = result;
    const { signatures = 0, counts = {}, problems = [] } = check ?? {};
    context.stdout.write(`${jsonLine({ files, signatures, counts, problems, testVirus: isFound, error })}\n`);
  } else writeResult(result, files, request);
  return result.isFound && result.error === undefined ? 0 : 1;
}

interface TestResult {
  readonly check: DatabaseCheck | undefined;
  readonly isFound: boolean;
  readonly error: string | undefined;
}

async function runTest(engines: EngineSettings, request: DbRequest): Promise<TestResult> {
  let check: DatabaseCheck | undefined;
  try {
    check = await checkDatabases(engines.signatures.files, cacheDirectory(request.context.env));
    const { detections } = await scanTestVirus(engines, request);
    return {
      check,
      isFound: detections.some(({ kind, name }) => kind === "malware" && name === EICAR_NAME),
      error: undefined,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { check, isFound: false, error: errorText(error) };
  }
}

/** By a process of its own, as every message is. Engines in other programs are not asked: they have databases of their own. */
async function scanTestVirus(engines: EngineSettings, { settings, context }: DbRequest): Promise<Verdict> {
  const { clamd, icap, rspamd } = engines;
  const service = startScanService({
    scan: { ...settings.scan, threads: 1 },
    engines: {
      ...engines,
      clamd: { ...clamd, address: undefined },
      icap: { ...icap, address: undefined },
      rspamd: { ...rspamd, address: undefined },
    },
    logger: silentLogger,
    clock: systemClock,
    cacheDirectory: cacheDirectory(context.env),
  });
  try {
    return (await service.judge(testMessage())).verdict;
  } finally {
    await service.close();
  }
}

function testMessage(): MessageSource {
  const lines = [
    "Subject: test of mailward",
    "MIME-Version: 1.0",
    'Content-Type: application/octet-stream; name="eicar.com"',
    "Content-Transfer-Encoding: base64",
    "",
    EICAR_LITERAL.toString("base64"),
    "",
  ];
  const bytes = Buffer.from(lines.join("\r\n"));
  return {
    bytes: bytes.length,
    isStable: true,
    async *chunks() {
      yield bytes;
    },
  };
}

function writeResult({ check, isFound, error }: TestResult, files: readonly string[], { context }: DbRequest): void {
  if (check !== undefined) {
    const { signatures, problems } = check;
    writeProblems(problems, context);
    const from = files.length === 0 ? "no databases" : files.map((file) => sanitize(file, MAX_PATH)).join(", ");
    context.stdout.write(`${formatCount(signatures, "signature")} from ${from}\n`);
  }
  if (error !== undefined) context.note(sanitize(error, MAX_PATH));
  else context.stdout.write(isFound ? "the test virus is found\n" : "the test virus is NOT found\n");
}

const MAX_PATH = 4_096;
