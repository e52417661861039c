/**
 * The nightly health of a fleet at a growing number of vehicles, all of them due in the same night (in service a seventh is), and
 * the session SQL over raw rows: `npm run bench:nightly -- [--vehicles 100000] [--months 36] [--rows 100000000] [--json]`.
 * Reports time, CPU per vehicle and per million rows, memory, and how both grow from a quarter to the whole. 0 leaves a part out.
 */
import { parseArgs } from "node:util";
import { capacityDetector } from "@bellwether/analytics/detectors/capacity/capacityDetector";
import type { VehicleView } from "@bellwether/analytics/detectors/detector";
import { insertIdempotent, type VehicleState } from "@bellwether/analytics/engine/state";
import { forecastTableRow } from "@bellwether/analytics/features/forecastRow";
import { healthTableRow } from "@bellwether/analytics/features/health";
import { sessionsSql } from "@bellwether/analytics/features/sessionsSql";
import { createFadeFleets } from "@bellwether/analytics/forecast/fadeFleets";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { openTestStore } from "@bellwether/clickhouse/testing";
import { z } from "zod";
import { eveningOf, LAST_DAY, masterOf, pastOf, vinOf } from "./nightlyFleet.ts";

const { values: options } = parseArgs({
  options: {
    vehicles: { type: "string", default: "100000" },
    months: { type: "string", default: "36" },
    rows: { type: "string", default: "10000000" },
    json: { type: "boolean", default: false },
  },
});

/** Vehicles judged and written as one step of the engine. */
const STEP_VEHICLES = 2000;
const ROWS_PER_VEHICLE_DAY = 720;
const SESSION_VEHICLES_PER_STATEMENT = 500;
const DAY_MS = 86_400_000;
const MIB = 1024 ** 2;
const NOW_MS = Date.parse(`${LAST_DAY}T23:00:00Z`);

interface Phase {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

interface Night {
  readonly vehicles: number;
  readonly learn: Phase;
  readonly judge: Phase;
  readonly write: Phase;
  readonly cpuMsPerVehicle: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly forecasts: number;
}

const print = (line: string): boolean => process.stderr.write(`${line}\n`);

async function timed(phases: Phase[], run: () => Promise<void> | void): Promise<void> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  await run();
  const { user, system } = process.cpuUsage(before);
  phases.push({ seconds: (performance.now() - startedMs) / 1000, cpuSeconds: (user + system) / 1e6 });
}

function total(phases: readonly Phase[]): Phase {
  return phases.reduce((sum, p) => ({ seconds: sum.seconds + p.seconds, cpuSeconds: sum.cpuSeconds + p.cpuSeconds }), {
    seconds: 0,
    cpuSeconds: 0,
  });
}

interface StepRows {
  readonly health: object[];
  readonly forecasts: object[];
  readonly state: object[];
}

function judgeOne(view: VehicleView, states: Map<string, VehicleState>, rows: StepRows): void {
  const before = states.get(view.vin);
  const { health, forecast, healthState } = capacityDetector.judge(view);
  if (before === undefined || health === undefined) return;
  rows.health.push(healthTableRow(view.vin, capacityDetector, health, NOW_MS));
  if (forecast !== undefined) rows.forecasts.push(forecastTableRow(view.vin, capacityDetector, forecast, NOW_MS));
  const state = { ...before, health: healthState ?? before.health };
  states.set(view.vin, state);
  rows.state.push({ scope: "vehicle", key: view.vin, value: JSON.stringify(state), revision: states.size });
}

/** One night of `vehicles`: the fleets of the week, then every vehicle's reading, forecast and rows. Making the fleet is not counted. */
async function runNight(store: ColumnStore, vehicles: number, months: number): Promise<Night> {
  const states = new Map<string, VehicleState>(Array.from({ length: vehicles }, (_, i) => [vinOf(i), pastOf(i, months)]));
  const models = new Map(Array.from({ length: vehicles }, (_, i) => [vinOf(i), masterOf(i).model]));
  const modelOf = (vin: string): string => models.get(vin) ?? "";
  const fleets = createFadeFleets();
  const [learn, judge, write]: [Phase[], Phase[], Phase[]] = [[], [], []];
  await timed(learn, () => void fleets.on(LAST_DAY, states, modelOf));
  let forecasts = 0;
  for (let from = 0; from < vehicles; from += STEP_VEHICLES) {
    const indices = Array.from({ length: Math.min(STEP_VEHICLES, vehicles - from) }, (_, k) => from + k);
    const fades = fleets.on(LAST_DAY, states, modelOf);
    const views = indices.map((i) => eveningOf(i, states.get(vinOf(i)) ?? pastOf(i, months), fades.get(masterOf(i).model) ?? null));
    const rows: StepRows = { health: [], forecasts: [], state: [] };
    await timed(judge, () => {
      for (const view of views) judgeOne(view, states, rows);
    });
    forecasts += rows.forecasts.length;
    await timed(write, async () => {
      await insertIdempotent(store, "health", rows.health);
      await insertIdempotent(store, "forecasts", rows.forecasts);
      await insertIdempotent(store, "engine_state", rows.state);
    });
  }
  const sums = [learn, judge, write].map(total);
  const all = total(sums);
  const [learnt, judged, written] = [total(learn), total(judge), total(write)];
  const night = {
    vehicles,
    learn: learnt,
    judge: judged,
    write: written,
    seconds: all.seconds,
    forecasts,
    rssMib: process.memoryUsage.rss() / MIB,
  };
  return { ...night, cpuMsPerVehicle: (1000 * all.cpuSeconds) / vehicles };
}

interface SessionRun {
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSecondsPerMillion: number;
  readonly sessions: number;
  readonly rssMib: number;
}

/** Evening charges of two hours, every 10 s, as raw telemetry made inside the engine; then the sessions of the day. `series` tells runs apart. */
async function runSessions(store: ColumnStore, rows: number, series: string): Promise<SessionRun> {
  const vehicles = Math.max(1, Math.ceil(rows / ROWS_PER_VEHICLE_DAY));
  const startMs = Date.parse("2026-06-01T10:00:00Z");
  await store.command(
    `INSERT INTO telemetry (vin, event_time, received_time, format, log_topic, log_partition, log_offset, charge_state, speed_kmh, soc_pct, pack_current_a, pack_voltage_v, probe_temp_max_c, probe_temp_min_c)
     SELECT concat('${series}', leftPad(toString(intDiv(number, ${ROWS_PER_VEHICLE_DAY})), 7, '0')), fromUnixTimestamp64Milli(${startMs} + (number % ${ROWS_PER_VEHICLE_DAY}) * 10000, 'UTC') AS at, at, 'bench', 'bench', 0, number,
       'parked_charging', 0, floor(20 + (number % ${ROWS_PER_VEHICLE_DAY}) / 12), -75, 350, 27, 24
     FROM numbers(${vehicles * ROWS_PER_VEHICLE_DAY})`,
  );
  const phases: Phase[] = [];
  await timed(phases, async () => {
    for (let from = 0; from < vehicles; from += SESSION_VEHICLES_PER_STATEMENT) {
      const vins = Array.from(
        { length: Math.min(SESSION_VEHICLES_PER_STATEMENT, vehicles - from) },
        (_, k) => `${series}${String(from + k).padStart(7, "0")}`,
      );
      const range = { from: startMs - DAY_MS, since: startMs - DAY_MS, to: startMs + DAY_MS };
      await store.command(sessionsSql("1"), { params: { vins, ...range, now: new Date(NOW_MS) } });
    }
  });
  const [found] = await store.query(
    "SELECT count() AS n FROM charging_sessions WHERE startsWith(vin, {series:String})",
    z.object({ n: z.number() }),
    {
      params: { series },
    },
  );
  const { seconds, cpuSeconds } = total(phases);
  const millions = (vehicles * ROWS_PER_VEHICLE_DAY) / 1e6;
  print(
    `sessions: ${millions.toFixed(1)} M rows in ${seconds.toFixed(1)} s (${(cpuSeconds / millions).toFixed(2)} CPU s per M rows), ${found?.n} sessions, ${(process.memoryUsage.rss() / MIB).toFixed(0)} MiB resident`,
  );
  const cost = { rows: vehicles * ROWS_PER_VEHICLE_DAY, seconds, cpuSecondsPerMillion: cpuSeconds / millions };
  return { ...cost, sessions: found?.n ?? 0, rssMib: process.memoryUsage.rss() / MIB };
}

async function nightsOf(store: ColumnStore, vehicles: number, months: number): Promise<readonly Night[]> {
  if (vehicles === 0) return [];
  await runNight(store, Math.min(500, vehicles), months);
  const nights: Night[] = [];
  for (const share of [0.25, 1]) {
    const night = await runNight(store, Math.ceil(share * vehicles), months);
    nights.push(night);
    const parts = [night.learn, night.judge, night.write].map(({ seconds }) => seconds.toFixed(1)).join(" + ");
    print(
      `${night.vehicles} vehicles x ${months} months: ${night.seconds.toFixed(1)} s (learn + judge + write: ${parts}), ${night.cpuMsPerVehicle.toFixed(2)} CPU ms per vehicle, ${night.rssMib.toFixed(0)} MiB resident`,
    );
  }
  print(`CPU per vehicle at four times the fleet: x ${growth(nights.map(({ cpuMsPerVehicle }) => cpuMsPerVehicle)).toFixed(2)}`);
  return nights;
}

async function sessionRunsOf(store: ColumnStore, rows: number): Promise<readonly SessionRun[]> {
  if (rows === 0) return [];
  const runs = [await runSessions(store, Math.ceil(rows / 4), "QTR"), await runSessions(store, rows, "ALL")];
  print(`CPU per row at four times the rows: x ${growth(runs.map(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion)).toFixed(2)}`);
  return runs;
}

function growth(costs: readonly number[]): number {
  return (costs.at(-1) ?? 0) / (costs[0] ?? 1);
}

const test = await openTestStore();
try {
  const nights = await nightsOf(test.store, Number(options.vehicles), Number(options.months));
  const sessions = await sessionRunsOf(test.store, Number(options.rows));
  if (options.json === true) process.stdout.write(`${JSON.stringify({ nights, sessions })}\n`);
} finally {
  await test.close();
}
