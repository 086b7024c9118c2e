/** What the keys do to the view, as a pure step from one view state to the next. */

export interface ViewState {
  /** The chosen connection; it stays chosen while others come and go, and is forgotten when it closes. */
  readonly selectedId: number | undefined;
  readonly isHelp: boolean;
}

export const INITIAL_VIEW_STATE: ViewState = { selectedId: undefined, isHelp: false };

export type ViewAction = "next" | "previous" | "first" | "last" | "help" | "leave" | "quit";

/** The parts of an Ink key event that are looked at. */
export interface KeyPress {
  readonly upArrow?: boolean;
  readonly downArrow?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly escape?: boolean;
  readonly ctrl?: boolean;
}

/** The actions of a key event, in order. A key held down arrives as several characters at once; any other text of more
 *  than one character was pasted and means nothing. */
export function actionsOf(input: string, key: KeyPress): readonly ViewAction[] {
  const character = input.slice(0, 1);
  const isRepeated = input.length > 1 && input === character.repeat(input.length);
  const action = actionOf(isRepeated ? character : input, key);
  if (action === undefined) return [];
  return isRepeated && REPEATABLE.has(action) ? Array.from(input.slice(0, MAX_REPEATS), () => action) : [action];
}

function actionOf(input: string, key: KeyPress): ViewAction | undefined {
  if (key.ctrl === true) return input === "c" ? "quit" : undefined;
  if (key.upArrow === true) return "previous";
  if (key.downArrow === true) return "next";
  if (key.home === true || key.pageUp === true) return "first";
  if (key.end === true || key.pageDown === true) return "last";
  if (key.escape === true) return "leave";
  return KEYS.get(input);
}

/** The state after `action`, given the ids of the open connections in their order. "quit" changes nothing here. */
export function step(state: ViewState, action: ViewAction, ids: readonly number[]): ViewState {
  switch (action) {
    case "quit":
      return state;
    case "help":
      return { ...state, isHelp: !state.isHelp };
    case "leave":
      return INITIAL_VIEW_STATE;
    case "first":
      return { selectedId: ids[0], isHelp: false };
    case "last":
      return { selectedId: ids.at(-1), isHelp: false };
    case "next":
      return { selectedId: neighbour(state.selectedId, ids, 1), isHelp: false };
    case "previous":
      return { selectedId: neighbour(state.selectedId, ids, -1), isHelp: false };
    default:
      return action satisfies never;
  }
}

function neighbour(id: number | undefined, ids: readonly number[], distance: 1 | -1): number | undefined {
  const index = id === undefined ? -1 : ids.indexOf(id);
  if (index < 0) return distance > 0 ? ids[0] : ids.at(-1);
  return ids[Math.min(ids.length - 1, Math.max(0, index + distance))];
}

/** Twice "quit" would mean at once, and twice "help" nothing. */
const REPEATABLE: ReadonlySet<ViewAction> = new Set(["next", "previous"]);
const MAX_REPEATS = 100;

const KEYS: ReadonlyMap<string, ViewAction> = new Map([
  ["q", "quit"],
  ["j", "next"],
  ["k", "previous"],
  ["g", "first"],
  ["G", "last"],
  ["?", "help"],
]);
