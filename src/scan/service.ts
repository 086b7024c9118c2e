/** The scan service's process: reads jobs from the daemon on descriptor 3, has them done by its threads, and ends when
 *  the daemon does. This thread never looks into a message. */
import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import { serviceLimits } from "../core/limits.ts";
import { UserError, errorText } from "../core/errors.ts";
import { daemonFrames, FrameReader } from "./frame.ts";
import { FrameWriter } from "./frame-writer.ts";
import { CANCELLED } from "./service-answer.ts";
import { dropPrivileges, memoryLimit, volunteerForOomKiller } from "./service-confinement.ts";
import { type JobRequest, parseRequest, parseStart, type ServiceStart } from "./service-request.ts";
import { ThreadPool } from "./service-pool.ts";
import type { ThreadAnswer } from "./service-worker.ts";
import { type WorkerCode, workerCode } from "./worker-code.ts";
