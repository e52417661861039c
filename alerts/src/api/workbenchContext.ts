import { DEFAULT_RULES_DIR } from "@bellwether/analytics/catalogue";
import { DEFAULT_GATE, type GatePolicy } from "@bellwether/analytics/workbench/gate";
import type { Caller } from "../identity/apiKeys.ts";
import type { Change } from "../workbench/drafts.ts";
import type { RulesPlace } from "../workbench/steps.ts";
import type { ApiDeps } from "./context.ts";

/** Where this process reads rules. */
export function rulesPlaceOf({ rulesDir }: Pick<ApiDeps, "rulesDir">): RulesPlace {
  return { dir: rulesDir ?? DEFAULT_RULES_DIR, isOwn: rulesDir !== undefined };
}

/** What a challenger must show here. */
export function gateOf({ config }: Pick<ApiDeps, "config">): GatePolicy {
  const { workbenchFaultsMin: faultsMin, workbenchWeeksMin: weeksMin, workbenchFalseBudget: falseBudget = null } = config;
  return { ...DEFAULT_GATE, faultsMin, weeksMin, falseBudget };
}

/** Who does something to a rule, as the record names him: the key's owner, and on whose behalf where that is said. */
export function changeOf({ role, name }: Pick<Caller, "role" | "name">, nowMs: number, onBehalfOf?: string): Change {
  const own = `${role}:${name}`;
  return { actor: onBehalfOf === undefined ? own : `${onBehalfOf} (${own})`, nowMs };
}
