import { createHash } from "node:crypto";
import { TOPICS } from "@bellwether/contracts/topics";
import type { Postgres } from "@bellwether/postgres/open";
import type { RecordLog } from "@bellwether/runtime/log/records";
import type { PlantedFault } from "@bellwether/simulator/truth";
import { z } from "zod";

/**
 * The demo's workshops: invented visits, whose outcome is the planted truth's. Cars that were told come in after some days, some do
 * not; a real fault is found nine times in ten and mended, anything else is no fault found; what nobody told of comes as a complaint.
 */

const DAY_MS = 86_400_000;
/** Share of the cars with a lead that come in at all. */
const SHOW_UP = 0.6;
const DAYS_TO_VISIT_MIN = 2;
const DAYS_TO_VISIT_SPREAD = 8;
/** Share of real faults a workshop finds. */
const FOUND = 0.9;
/** A driver notices by himself this long after the fault should have been told. */
const NOTICED_AFTER_MS = 5 * DAY_MS;
const NOTE = "Simulated by the demo from what was planted.";

/** A car somebody was told about and nobody has seen yet. */
export interface WaitingCar {
  readonly alertId: string;
  readonly vin: string;
  readonly component: string;
  readonly openedMs: number;
}

export interface Visit {
  readonly id: string;
  readonly vin: string;
  readonly component: string;
  readonly cause: "advice" | "complaint";
  readonly outcome: "confirmed" | "no_fault_found";
}

interface DemoHistory {
  readonly startMs: number;
  readonly waiting: readonly WaitingCar[];
  readonly truth: readonly PlantedFault[];
}

/** Who comes in at a time of the history; the same history, the same visits, whatever the date it is played on. */
export function visitsAt(nowMs: number, { startMs, waiting, truth }: DemoHistory): readonly Visit[] {
  const told = waiting.flatMap((car): Visit[] => {
    const [showsUp, delay, isFound] = draws(`${car.vin}/${car.component}/${Math.floor((car.openedMs - startMs) / DAY_MS)}`);
    const dueMs = car.openedMs + (DAYS_TO_VISIT_MIN + delay * DAYS_TO_VISIT_SPREAD) * DAY_MS;
    if (showsUp >= SHOW_UP || nowMs < dueMs) return [];
    const isReal = truth.some((fault) => isBehind(fault, car, nowMs)) && isFound < FOUND;
    const { alertId, vin, component } = car;
    return [{ id: `DEMO-${alertId}`, vin, component, cause: "advice", outcome: isReal ? "confirmed" : "no_fault_found" }];
  });
  const toldVins = new Set(waiting.map(({ vin }) => vin));
  const noticed = truth
    .filter(({ vin, expected }) => expected !== null && nowMs >= expected.byMs + NOTICED_AFTER_MS && !toldVins.has(vin))
    .map(({ vin, kind, component }): Visit => ({ id: `DEMO-${vin}-${kind}`, vin, component, cause: "complaint", outcome: "confirmed" }));
  return [...told, ...noticed];
}

function isBehind(fault: PlantedFault, { vin, component }: WaitingCar, nowMs: number): boolean {
  return fault.vin === vin && fault.startMs <= nowMs && [fault.component, ...fault.explains].some((one) => one === component);
}

/** Three numbers from 0 to below 1 that belong to a name. */
function draws(name: string): readonly [number, number, number] {
  const hash = createHash("sha256").update(name).digest();
  const draw = (place: number) => hash.readUInt32LE(place) / 2 ** 32;
  return [draw(0), draw(4), draw(8)];
}

/** The cars with a lead that nobody has closed. */
export function waitingCars(db: Pick<Postgres, "query">): Promise<WaitingCar[]> {
  return db.query(
    `SELECT a.id AS "alertId", a.vin, a.component, extract(epoch FROM a.opened_at) * 1000 AS "openedMs"
     FROM alerts AS a JOIN leads AS l ON l.alert_id = a.id WHERE l.state <> 'closed' ORDER BY a.id`,
    [],
    z.object({ alertId: z.string(), vin: z.string(), component: z.string(), openedMs: z.coerce.number() }),
  );
}

/** Reports visits the way a workshop's system would: by the topic of repair orders. */
export async function reportVisits(log: RecordLog, visits: readonly Visit[], atMs: number): Promise<void> {
  const at = new Date(atMs).toISOString();
  const records = visits.map((visit) => ({ key: visit.vin, value: Buffer.from(JSON.stringify({ ...visit, at, note: NOTE })) }));
  if (records.length > 0) await log.sink.send(TOPICS.repairOrders, records);
}
