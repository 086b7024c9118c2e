/** What one scan thread does with messages. */
import type { Clock } from "../core/clock.ts";
import { type Reason, verdictOf } from "../core/model.ts";
import { displayOf } from "../mime/display.ts";
import { createYaraEngine } from "./engines/yara/yara-engine.ts";
import { packPieces } from "./remote/packed-pieces.ts";
import { hasRemoteEngines } from "./remote/remote-connections.ts";
import { rewriteMessage } from "./rewriter.ts";
import type { JudgedMessage, ScanReport } from "./scanner.ts";
import type { ThreadSetup } from "./service-data.ts";
import type { JudgedWork, ThreadWork } from "./service-worker.ts";
import { createThreadScanner } from "./thread-scanner.ts";

/** The thread's work under the settings in `setup`. */
export function createThreadWork(setup: ThreadSetup, clock: Clock): ThreadWork {
  const { timeMs } = setup.engines.yara;
  const yara = setup.yara === undefined ? undefined : createYaraEngine(setup.yara, timeMs, () => clock.monotonic());
  const scanner = createThreadScanner(setup, clock, yara === undefined ? [] : [yara]);
  const isAsking = hasRemoteEngines(setup.engines);
  const packed = (bytes: Buffer, { pieces, isCut }: ScanReport) => packPieces(bytes, pieces, isCut);
  return {
    async judge(bytes, prepare) {
      let isPrepared = false;
      const judged = await scanner.judgeMessage(bytes, (first) => {
        isPrepared = true;
        prepare({ ...endedInRules(first, timeMs), ...(isAsking && { pieces: packed(bytes, first.report) }) }, timeMs);
      });
      const isLast = yara?.isBroken === true;
      if (!isAsking) return { ...judged, isLast };
      return { ...judged, isLast, pieces: isPrepared ? "prepared" : packed(bytes, judged.report) };
    },
    async rewrite(bytes, request, atLeast) {
      const rewritten = await rewriteMessage(scanner, bytes, request, atLeast);
      const { edits, headerBytes, isWhole, level, report } = rewritten;
      const rewrite = { edits, headerBytes, isWhole };
      if (!isAsking) return rewrite;
      const pieces = packed(rewritten.bytes, report);
      return { ...rewrite, check: { level, message: new Uint8Array(rewritten.bytes), pieces } };
    },
    describe: (header) => displayOf(header, header.length),
  };
}

/** What is answered when the thread has to be ended inside the YARA rules. */
function endedInRules(judged: JudgedMessage, timeMs: number): JudgedWork {
  const { detections, reasons } = judged.verdict;
  const detail = `yara: the rules did not finish within ${timeMs} ms`;
  const reason: Reason = { code: "engine", part: "", detail };
  return { ...judged, verdict: verdictOf(detections, [reason, ...reasons]) };
}
