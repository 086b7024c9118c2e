/** The live table of `mailward serve` on a terminal: draws the view of the latest snapshot, takes keys. Everything it
 *  shows is decided in `view.ts`. */
import { render, useInput, useWindowSize } from "ink";
import { type ReactElement, useState } from "react";
import type { Clock } from "../core/clock.ts";
import { viewLimits } from "../core/limits.ts";
import type { NoticeLine, ProxySnapshot } from "../core/snapshot.ts";
import { actionsOf, INITIAL_VIEW_STATE, step } from "./keys.ts";
import { ASCII_GLYPHS, UNICODE_GLYPHS } from "./line.ts";
import { Lines } from "./lines.tsx";
import type { TerminalFeatures } from "./terminal.ts";
import { useSnapshot } from "./use-snapshot.ts";
import { untilNextChange, useTick } from "./use-tick.ts";
import { dashboardLines } from "./view.ts";

/** Where snapshots come from: the listener is called after a change, `getSnapshot` returns the same object until
 *  there is one. */
export interface SnapshotSource {
  subscribe(listener: () => void): () => void;
  getSnapshot(): ProxySnapshot;
}

export interface DashboardOptions extends SnapshotSource {
  /** What to type into a mail client, one instruction a text. */
  readonly hints: readonly string[];
  /** The last notice, if there is one, in the same way. */
  readonly notices?: { subscribe(listener: () => void): () => void; getSnapshot(): NoticeLine | undefined };
  /** Asked for by `q` and ctrl-C, each time: the daemon stops gracefully, and at once when asked again. The table stays
   *  until `unmount`. */
  onQuit(): void;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly clock: Clock;
  readonly features: TerminalFeatures;
}

export interface RunningDashboard {
  /** Settles when the table is gone: after `unmount`, or when the terminal is (its window was closed). Never rejects:
   *  a broken table does not stop the proxy. */
  waitUntilExit(): Promise<void>;
  /** Gives the terminal back as it was. */
  unmount(): void;
}

/** Draws on the terminal's alternate screen until unmounted; at most `viewLimits.framesPerSecond` frames a second. */
export function renderDashboard(options: DashboardOptions): RunningDashboard {
  const { stdout, stdin } = options;
  const instance = render(<Dashboard {...options} />, {
    stdout,
    stdin,
    exitOnCtrlC: false,
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    patchConsole: false,
    maxFps: viewLimits.framesPerSecond,
  });
  // A closed window is EIO or EPIPE on these streams, and an error event that nobody hears ends the process.
  const onStreamError = () => instance.unmount();
  stdout.on("error", onStreamError);
  stdin.on("error", onStreamError);
  const exited = instance.waitUntilExit().then(noop, noop);
  return { waitUntilExit: () => exited, unmount: () => instance.unmount() };
}

function Dashboard(options: DashboardOptions): ReactElement {
  const { columns, rows } = useWindowSize();
  const snapshot = useSnapshot(options);
  const notice = useSnapshot(options.notices ?? NO_NOTICES);
  const [state, setState] = useState(INITIAL_VIEW_STATE);
  const now = options.clock.now();
  useTick(untilNextChange(state.selectedId === undefined ? now - snapshot.startedAt : 0));

  useInput((input, key) => {
    const actions = actionsOf(input, key);
    if (actions.length === 0) return;
    if (actions.includes("quit")) options.onQuit();
    const ids = options.getSnapshot().connections.map(({ id }) => id);
    setState((before) => actions.reduce((state, action) => step(state, action, ids), before));
  });

  const lines = dashboardLines(snapshot, {
    columns,
    rows,
    now,
    hints: options.hints,
    notice,
    glyphs: options.features.hasUnicode ? UNICODE_GLYPHS : ASCII_GLYPHS,
    ...state,
  });
  return <Lines lines={lines} hasColor={options.features.hasColor} />;
}

const NO_NOTICES = { subscribe: () => noop, getSnapshot: () => undefined };

function noop(): void {}
