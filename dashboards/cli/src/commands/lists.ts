import type { Command } from "commander";
import { z } from "zod";
import { openReader, readAll } from "../reader.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";

/** A read-only list: its API path and what its table shows. */
interface ListSpec {
  readonly name: string;
  readonly description: string;
  readonly path: string;
  readonly columns: readonly string[];
  /** Options passed on as filters of the same name. */
  readonly filters: readonly string[];
  /** Why there may be nothing yet, for people. */
  readonly whenEmpty?: string;
}

const sourceSchema = z.object({ id: z.string(), version: z.number() });

const FINDINGS: ListSpec = {
  name: "findings",
  description: "list findings with their evidence",
  path: "/v1/findings",
  columns: ["vin", "component", "severity", "state", "cell", "first_seen", "last_seen", "rule", "sentence"],
  filters: ["vin", "component", "source", "state"],
};

const LEADS: ListSpec = {
  name: "leads",
  description: "list dealer leads",
  path: "/v1/leads",
  columns: ["id", "vin", "component", "severity", "state", "actBy", "title"],
  filters: ["state", "vin"],
};

const NOTIFICATIONS: ListSpec = {
  name: "notifications",
  description: "list messages to owners and dealers and how their delivery went",
  path: "/v1/notifications",
  columns: ["vin", "audience", "reason", "channel", "state", "withheldReason", "title", "body"],
  filters: ["vin", "audience"],
};

const ALERTS: ListSpec = {
  name: "list",
  description: "list alerts",
  path: "/v1/alerts",
  columns: ["id", "vin", "component", "severity", "state", "openedAt", "lastSeenAt", "occurrences", "title"],
  filters: ["vin", "component", "state"],
};

const RATES: ListSpec = {
  name: "rates",
  description: "list codes and findings that begin more often than they used to, with the parts to stock",
  path: "/v1/fleet/rates",
  columns: [
    "week",
    "kind",
    "family",
    "model",
    "region",
    "events",
    "expected",
    "state",
    "ratio",
    "ratioLow",
    "ratioHigh",
    "parts",
    "quantityLow",
    "quantity",
    "quantityHigh",
  ],
  filters: ["state", "model"],
  whenEmpty: "counted weekly, at most one day after a week has ended",
};

const FLEET_FINDINGS: ListSpec = {
  name: "fleet-findings",
  description:
    "list findings about groups of vehicles: common causes, charging stations that stop everybody, wrong units, cars unlike their model",
  path: "/v1/fleet/findings",
  columns: ["day", "kind", "sourceId", "groupName", "vehicles", "expected", "sentence"],
  filters: [],
  whenEmpty: "looked for weekly, when enough cars of a model have reported",
};

const CODE_SETS: ListSpec = {
  name: "code-sets",
  description: "list trouble codes, alone or in pairs, that have preceded repairs",
  path: "/v1/fleet/code-sets",
  columns: ["codes", "component", "occurrences", "followed", "precision", "low90", "high90", "lift", "leadDays"],
  filters: [],
  whenEmpty: "learnt weekly from trouble codes and the confirmed repairs that followed them; there are too few yet",
};

const PART_LIVES: ListSpec = {
  name: "part-lives",
  description: "list how long components last per model, and the parts the lead time will ask for",
  path: "/v1/fleet/part-lives",
  columns: [
    "model",
    "component",
    "vehicles",
    "failures",
    "shape",
    "b10Months",
    "b10Low",
    "b10High",
    "b10Km",
    "growthTrend",
    "quantityLow",
    "quantity",
    "quantityHigh",
  ],
  filters: [],
  whenEmpty: "learnt weekly from confirmed repairs of cars whose age is known; there are too few yet",
};

const ENGINEERING_CASES: ListSpec = {
  name: "engineering-cases",
  description: "list failures confirmed on three or more cars in a row at a dealer or of a model, for the maker's engineers",
  path: "/v1/engineering-cases",
  columns: ["id", "scope", "scopeId", "component", "sourceId", "vins", "openedAt", "closedAt", "note"],
  filters: [],
  whenEmpty: "a case is opened when a failure is confirmed on three cars in a row at one dealer or of one model",
};

const REPEAT_REPAIRS: ListSpec = {
  name: "repeat-repairs",
  description: "list how many repairs did not hold, by region and component; above 5 % they are reported",
  path: "/v1/quality/regions",
  columns: ["region", "component", "closed", "checked", "repeats", "isReported"],
  filters: [],
  whenEmpty: "counted from leads that workshops closed, 30 and 60 days after the visit",
};

export function addFindings(program: Command, exit: ExitSlot): void {
  addList(program, FINDINGS, exit);
}

export function addRates(program: Command, exit: ExitSlot): void {
  addList(program, RATES, exit);
}

export function addFleetFindings(program: Command, exit: ExitSlot): void {
  addList(program, FLEET_FINDINGS, exit);
}

export function addCodeSets(program: Command, exit: ExitSlot): void {
  addList(program, CODE_SETS, exit);
}

export function addPartLives(program: Command, exit: ExitSlot): void {
  addList(program, PART_LIVES, exit);
}

export function addEngineeringCases(program: Command, exit: ExitSlot): void {
  addList(program, ENGINEERING_CASES, exit);
}

export function addRepeatRepairs(program: Command, exit: ExitSlot): void {
  addList(program, REPEAT_REPAIRS, exit);
}

export function addLeads(program: Command, exit: ExitSlot): void {
  addList(program, LEADS, exit);
}

export function addNotifications(program: Command, exit: ExitSlot): void {
  addList(program, NOTIFICATIONS, exit);
}

/** `alerts list`, below the command that runs the service. */
export function addAlertsList(alerts: Command, exit: ExitSlot): void {
  addList(alerts, ALERTS, exit);
}

function addList(parent: Command, spec: ListSpec, exit: ExitSlot): void {
  const command = withCommonOptions(parent.command(spec.name)).description(spec.description);
  for (const filter of spec.filters) command.option(`--${filter} <${filter}>`, `only this ${filter}`);
  command.action((_options, self: Command) => runCommand(self, exit, (session) => printList(session, spec, self.opts())));
}

async function printList(session: Session, spec: ListSpec, options: Readonly<Record<string, unknown>>): Promise<undefined> {
  const reader = await openReader(session);
  try {
    const items = await readAll(reader, pathWithFilters(spec, options));
    if (items.length === 0 && spec.whenEmpty !== undefined) session.out.line(`nothing yet: ${spec.whenEmpty}`);
    else session.out.rows(session.json ? items : items.map(forTable), spec.columns);
  } finally {
    await reader.close();
  }
  return undefined;
}

function pathWithFilters(spec: ListSpec, options: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const name of spec.filters) {
    const wanted = options[name];
    if (typeof wanted === "string") query.set(name, wanted);
  }
  return query.size === 0 ? spec.path : `${spec.path}?${query}`;
}

/** A finding's source as one word. */
function forTable(item: Record<string, unknown>): Record<string, unknown> {
  const source = sourceSchema.safeParse(item.source);
  return source.success ? { ...item, rule: `${source.data.id} v${source.data.version}` } : item;
}
