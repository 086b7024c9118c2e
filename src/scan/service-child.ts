/** The operating system's side of one scan service process: started with nothing of ours in it, heard, and killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { Duplex, PassThrough } from "node:stream";
import { errorText } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { type FrameEvent, FrameReader, serviceFrames } from "./frame.ts";
import { FrameWriter } from "./frame-writer.ts";
import { ServiceStderr } from "./service-stderr.ts";

export interface ChildEvents {
  /** The events hold only during the call. */
  receive(events: readonly FrameEvent[]): void;
  /** The process is gone and all it said has been received. Comes once, and not before the constructor has returned. */
  ended(detail: string): void;
}

/** Its own session, so that a terminal's ^C and ^Z are not for it; no environment, no folder, no terminal. */
export class ServiceChild {
  readonly writer: FrameWriter;
  readonly #child: ChildProcess | undefined;
  readonly #stderr: ServiceStderr;
  readonly #events: ChildEvents;
  #reason = "";
  #isOver = false;

  constructor(command: string, args: readonly string[], logger: Logger, events: ChildEvents) {
    this.#events = events;
    this.#stderr = new ServiceStderr(logger);
    this.#child = this.#spawn(command, args);
    const channel = this.#channel();
    this.writer = new FrameWriter(channel);
    const reader = new FrameReader(serviceFrames);
    channel.on("data", (chunk: Buffer) => {
      if (!this.#isOver) events.receive(reader.receive(chunk));
    });
    channel.on("error", (error) => this.#killSoon(`its channel broke: ${errorText(error)}`));
    channel.on("end", () => this.#killSoon("it closed its channel"));
    this.#child?.stderr?.on("data", (chunk: Buffer) => this.#stderr.receive(chunk));
    this.#child?.stderr?.on("error", () => {});
    this.#child?.on("error", (error) => this.#end(errorText(error)));
    this.#child?.on("close", (code, signal) => this.#end(describeExit(code, signal)));
    // Something the process left behind may hold its descriptors open: its own death is enough.
    this.#child?.on("exit", (code, signal) =>
      setTimeout(() => this.#end(describeExit(code, signal)), LAST_WORDS_MS).unref(),
    );
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends the process and whatever it has started. Only the first reason counts. */
  kill(reason: string): void {
    if (this.#isOver) return;
    if (this.#reason === "") this.#reason = reason;
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  }

  /** The channel of a process that ends by itself is gone first: how it ended says more. */
  #killSoon(reason: string): void {
    setTimeout(() => this.kill(reason), LAST_WORDS_MS).unref();
  }

  #spawn(command: string, args: readonly string[]): ChildProcess | undefined {
    try {
      const stdio = ["ignore", "ignore", "pipe", "pipe"] as const;
      return spawn(command, args, { env: {}, cwd: "/", stdio: [...stdio], detached: true });
    } catch (error) {
      process.nextTick(() => this.#end(errorText(error)));
      return undefined;
    }
  }

  #channel(): Duplex {
    const channel = this.#child?.stdio?.[3];
    return channel instanceof Duplex ? channel : new PassThrough().destroy();
  }

  #end(exit: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const said = this.#stderr.complaint;
    const why = this.#reason === "" ? exit : this.#reason;
    this.#events.ended(said === "" ? why : `${why}: ${said}`);
  }
}

function describeExit(code: number | null, signal: string | null): string {
  return signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
}

const LAST_WORDS_MS = 100;
