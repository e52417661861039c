import { setTimeout as delay } from "node:timers/promises";
import { createApiKey } from "@bellwether/alerts/identity/apiKeys";
import { TOPICS } from "@bellwether/contracts/topics";
import { count, flag } from "@bellwether/runtime/configFields";
import { createFleet, type Fleet } from "@bellwether/simulator/fleet";
import type { Command } from "commander";
import { z } from "zod";
import { settlePeople } from "../demo/people.ts";
import { type DemoState, readDemoState, writeDemoState } from "../demo/progressFile.ts";
import { printScore, scoreDemo } from "../demo/score.ts";
import { reportVisits, visitsAt, waitingCars } from "../demo/workshop.ts";
import { removeHolder } from "../holder.ts";
import { seed } from "../optionFields.ts";
import { readOptions } from "../options.ts";
import { openPlatform, type Platform } from "../platform.ts";
import { createProgress } from "../progress.ts";
import { createReaderOn } from "../reader.ts";
import { createServices, type Services } from "../services.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { untilSignal } from "../untilSignal.ts";
import { listen } from "./run.ts";
import { chunksOfDay } from "./simulate.ts";

const DAY_MS = 86_400_000;
const LIVE_STEP_MS = 2_000;
const KEY_DAYS = 7;

const optionsSchema = z.object({
  vehicles: count({ min: 1, max: 2_000 }),
  days: count({ min: 2, max: 400 }),
  seed: seed(),
  once: flag().default(false),
});
type Options = z.infer<typeof optionsSchema>;

/** What one run of the demo works with. */
interface Demo {
  readonly session: Session;
  readonly platform: Platform;
  readonly services: Services;
  readonly fleet: Fleet;
  readonly signal: AbortSignal;
}

/** `bellwether demo`: the whole product on the embedded engines, with a fleet whose truth is known. */
export function addDemo(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("demo"))
    .description("play a simulated fleet with planted faults through the whole pipeline and show the console")
    .option("--vehicles <n>", "how many cars", "120")
    .option("--days <n>", "days of history before today", "60")
    .option("--seed <n>", "same seed, same fleet", "20")
    .option("--once", "stop after the history instead of going on live")
    .action((_options, command: Command) => runCommand(command, exit, (session) => demo(session, readOptions(command, optionsSchema))));
}

async function demo(session: Session, options: Options): Promise<number> {
  return untilSignal(session, async ({ signal, onClose }) => {
    const platform = await openPlatform(session.config, session.home, session.logger);
    onClose("engines", () => platform.close());
    const known = readDemoState(session.home.demo);
    if (known !== null) session.out.line(`Going on with the ${known.vehicles} cars of ${session.home.root}; another --home begins anew.`);
    const state = known ?? newState(options);
    const fleet = createFleet({ seed: state.seed, vehicles: state.vehicles, days: state.days, startMs: state.startMs });
    for (const { vin, day } of state.repairs) fleet.repair(vin, day);
    if (state.nextDay === 0) await settlePeople(platform, fleet, state.startMs);
    const services = await createServices(session, platform);
    for (const service of [services.alerts, services.ingest]) {
      await service.start();
      onClose("service", () => service.stop());
    }
    await showConsole(session, platform, services, onClose);
    const run: Demo = { session, platform, services, fleet, signal };
    await playHistory(run, state);
    if (signal.aborted) return;
    await showScore(run, state.startMs + state.nextDay * DAY_MS);
    if (!options.once) await playLive(run, state);
  });
}

/** History ends with yesterday, so that today can be played live. */
function newState({ seed, vehicles, days }: Options): DemoState {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return { seed, vehicles, days, startMs: today - days * DAY_MS, nextDay: 0, liveUntilMs: 0, repairs: [] };
}

async function showConsole(
  session: Session,
  platform: Platform,
  services: Services,
  onClose: (name: string, close: () => Promise<void>) => void,
): Promise<void> {
  const { address, api } = await listen(session, platform, services);
  onClose("api", async () => {
    removeHolder(session.home.root);
    await api.close();
  });
  const key = await createApiKey(platform.db, {
    role: "analyst",
    name: "demo console",
    expiresAt: new Date(Date.now() + KEY_DAYS * DAY_MS).toISOString(),
  });
  const place = `${address}/#key=${key}`;
  session.out.line(`Console: ${place}`);
  if (session.json) session.out.record({ console: place });
}

/** Every day that is over and not yet played: produce, ingest, analyse, tell, mend. Days skipped while the demo was off are played too. */
async function playHistory(run: Demo, state: DemoState): Promise<void> {
  const { session, platform, services, fleet, signal } = run;
  const daysOver = Math.floor((Date.now() - state.startMs) / DAY_MS);
  const progress = createProgress({ silent: session.json, lines: true, total: daysOver, unit: "days of history" });
  const startedMs = Date.now();
  const left = daysOver - state.nextDay;
  if (left > 0) session.out.line(`Playing ${left} days of ${fleet.vehicles.length} cars; the console fills as they pass.`);
  let records = 0;
  let findings = 0;
  while (state.nextDay < daysOver && !signal.aborted) {
    for (const chunk of chunksOfDay(fleet, state.nextDay)) {
      await platform.log.sink.send(TOPICS.frames, chunk);
      records += chunk.length;
    }
    await services.ingest.drain();
    const tick = await services.analytics.tick();
    await services.alerts.drain();
    if (findings === 0 && tick.findings > 0)
      session.out.line(`First findings ${secondsSince(startedMs)} s after the start of the history.`);
    findings += tick.findings;
    state.nextDay += 1;
    await visitWorkshops(run, state);
    writeDemoState(session.home.demo, state);
    progress.update(state.nextDay, `${dayOf(state)}, ${findings} findings and updates`);
  }
  progress.stop();
  session.out.line(`Played ${records} records of ${fleet.vehicles.length} cars in ${secondsSince(startedMs)} s.`);
}

/** The morning after a day of the history: who comes to a workshop, and what is mended from then on. */
async function visitWorkshops({ platform, services, fleet }: Demo, state: DemoState): Promise<void> {
  const nowMs = state.startMs + state.nextDay * DAY_MS;
  const truth = fleet.truth.filter(({ vin }) => !state.repairs.some((repair) => repair.vin === vin));
  const visits = visitsAt(nowMs, { startMs: state.startMs, waiting: await waitingCars(platform.db), truth });
  await reportVisits(platform.log, visits, nowMs);
  await services.alerts.drain();
  for (const { vin } of visits.filter(({ outcome }) => outcome === "confirmed")) {
    fleet.repair(vin, state.nextDay);
    state.repairs.push({ vin, day: state.nextDay });
  }
}

const secondsSince = (ms: number) => ((Date.now() - ms) / 1000).toFixed(1);
const dayOf = (state: DemoState) => new Date(state.startMs + state.nextDay * DAY_MS).toISOString().slice(0, 10);

async function showScore({ session, platform, services, fleet }: Demo, nowMs: number): Promise<void> {
  const reader = await createReaderOn(session, platform, services.metrics);
  try {
    printScore(session.out, await scoreDemo(reader, fleet.truth, nowMs), session.json);
  } finally {
    await reader.close();
  }
}

/** Today as it happens: the services run by themselves, frames are sent when they are due. */
async function playLive({ session, platform, services, fleet, signal }: Demo, state: DemoState): Promise<void> {
  session.out.line("Live now; Ctrl-C stops.");
  await services.analytics.start();
  state.liveUntilMs = Math.max(state.liveUntilMs, Math.floor(Date.now() / DAY_MS) * DAY_MS);
  while (!signal.aborted) {
    const toMs = Date.now();
    const records = [...fleet.liveFrames(state.liveUntilMs, toMs)].map(({ vin, frame }) => ({ key: vin, value: frame }));
    if (records.length > 0) await platform.log.sink.send(TOPICS.frames, records);
    state.liveUntilMs = toMs;
    writeDemoState(session.home.demo, state);
    await delay(LIVE_STEP_MS, undefined, { signal }).catch(() => undefined);
  }
  await services.analytics.stop();
}
