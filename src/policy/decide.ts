/** What a verdict leads to under the configured actions. */
import type { ActionName, Decision, Verdict } from "../core/model.ts";
import type { Settings } from "../core/settings.ts";

/** `clean` and `delete` both take out what was found and put a notice in its place. */
export function decide(verdict: Verdict, actions: Settings["actions"]): Decision {
  if (verdict.kind === "clean") return { action: "deliver", why: "nothing was found" };
  const action: ActionName = actions[verdict.kind];
  const why = `actions.${verdict.kind} is ${action}`;
  switch (action) {
    case "pass":
      return { action: "deliver", why };
    case "clean":
    case "delete":
      return { action: "replace", why };
    default:
      return action satisfies never;
  }
}
