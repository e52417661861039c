import { setTimeout as sleep } from "node:timers/promises";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { createGate, interceptedStore } from "@bellwether/ingest/testing";
import { createMember, type RunDeps, untilLanded } from "./members.ts";
import type { Fault } from "./plan.ts";
import type { Workload } from "./workload.ts";

export interface Scenario extends RunDeps {
  readonly workload: Workload;
  /** Asks whoever runs the campaign to restart the broker, as a crash would. */
  readonly restartBroker: () => void;
  /** Told when all records are in the log, which is when a kill may come. */
  readonly onProduced: () => void;
}

/** One fault each. All end when everything that was produced is committed. */
export const SCENARIOS: Readonly<Record<Fault, (scenario: Scenario) => Promise<void>>> = {
  insert_fails: insertFails,
  insert_fails_each: insertFailsEach,
  store_away: storeAway,
  disk_full: diskFull,
  table_missing: tableMissing,
  duplicate_produce: calm,
  rebalance,
  stall,
  stall_past_window: stallPastWindow,
  kill: calm,
  broker_restart: brokerRestart,
};

const SEND_RECORDS = 100;
const DISK_FULL_WRITES = 15;
const STORM_ROUNDS = 3;
const WRITTEN_TABLES = ["telemetry", "dtc_events", "rejected_records"];
/** A little more than what ingest takes for a recent answer. */
const ANSWER_MS_MAX = 1_100;
const diskIsFull = () =>
  new BellwetherError("store_unavailable", "insert: ClickHouse answered 243 NOT_ENOUGH_SPACE: Cannot reserve 1.00 MiB", {
    retryable: true,
  });
const away = () => new BellwetherError("store_unavailable", "injected failure", { retryable: true });

async function produce({ log, topic, workload, onProduced }: Scenario, pauseMs = 0): Promise<void> {
  for (let at = 0; at < workload.records.length; at += SEND_RECORDS) {
    await log.sink.send(topic, workload.records.slice(at, at + SEND_RECORDS));
    if (pauseMs > 0) await sleep(pauseMs);
  }
  onProduced();
}

/** Only what comes from outside: kills, and what an earlier, killed process has left. */
export async function calm(scenario: Scenario): Promise<void> {
  await produce(scenario);
  await untilLanded(scenario);
}

/** The n-th write of every member fails, before or after it has happened; every member gives up at its first failure. */
async function insertFails(scenario: Scenario): Promise<void> {
  const { plan, store } = scenario;
  await produce(scenario);
  let writes = 0;
  const faulty = interceptedStore(store, async (_, run) => {
    const fails = ++writes % (plan.failingWrite + 3) === 0;
    if (fails && !plan.failsAfter) throw away();
    await run();
    if (fails) throw away();
  });
  const failing = { ...scenario, store: faulty };
  for (let round = 0; round < 3; round++) {
    const member = createMember(failing, { ingestRetryAttempts: 1 });
    await member
      .start()
      .then(() => member.drain())
      .catch(() => undefined);
    await member.stop();
  }
  // Other limits, so that only the ledger can make the same cuts again.
  await untilLanded(scenario, { ingestBlockRows: plan.blockRows + 3 });
}

/** Member after member fails at its n-th write, for every n from 1 on, until one gets through without reaching its n-th. */
async function insertFailsEach(scenario: Scenario): Promise<void> {
  const { plan, store } = scenario;
  await produce(scenario);
  for (let n = 1, hasFailed = true; hasFailed; n++) {
    let writes = 0;
    const faulty = interceptedStore(store, async (_, run) => {
      const fails = ++writes === n;
      if (!fails || plan.failsAfter) await run();
      if (fails) throw away();
    });
    const member = createMember({ ...scenario, store: faulty }, { ingestRetryAttempts: 1 });
    await member
      .start()
      .then(() => member.drain())
      .catch(() => undefined);
    await member.stop();
    hasFailed = writes >= n;
  }
  await untilLanded(scenario);
}

/** The disk is full for a while: every write of every table is refused, retries run out, members give up and are replaced. */
async function diskFull(scenario: Scenario): Promise<void> {
  const { plan, store } = scenario;
  await produce(scenario);
  let writes = 0;
  const refusedFrom = 2 + plan.failingWrite;
  const faulty = interceptedStore(store, async (_, run) => {
    writes++;
    if (writes >= refusedFrom && writes < refusedFrom + DISK_FULL_WRITES) throw diskIsFull();
    await run();
  });
  await untilLanded({ ...scenario, store: faulty }, { ingestRetryAttempts: 3 });
}

/** Time-outs: a third of all writes fails for a while, half of those after they have happened; members keep trying. */
async function storeAway(scenario: Scenario): Promise<void> {
  let writes = 0;
  const faulty = interceptedStore(scenario.store, async (_, run) => {
    writes++;
    if (writes < 30 && writes % 6 === 1) throw away();
    await run();
    if (writes < 30 && writes % 6 === 4) throw away();
  });
  await produce(scenario);
  await untilLanded({ ...scenario, store: faulty }, { ingestRetryAttempts: 20 });
}

/** A table is gone, which no retry mends: ingest stops, and goes on when the table is back. */
async function tableMissing(scenario: Scenario): Promise<void> {
  const { store } = scenario;
  await produce(scenario);
  await store.command("RENAME TABLE telemetry TO telemetry_away");
  const member = createMember(scenario, { ingestRetryAttempts: 2 });
  await member
    .start()
    .then(() => member.drain())
    .catch(() => undefined);
  await member.stop();
  await store.command("RENAME TABLE telemetry_away TO telemetry");
  await untilLanded(scenario);
}

/** A storm: of three members one leaves and another comes, round after round, while records are produced. */
async function rebalance(scenario: Scenario): Promise<void> {
  const { plan } = scenario;
  const producing = produce(scenario, 15);
  const members = [createMember(scenario), createMember(scenario), createMember(scenario)];
  for (const member of members) await member.start();
  for (const afterMs of plan.afterMs.slice(0, STORM_ROUNDS)) {
    await sleep(afterMs / 4);
    const newcomer = createMember(scenario);
    const leaver = members.shift();
    members.push(newcomer);
    await Promise.all([newcomer.start(), leaver?.stop()]);
  }
  await producing;
  await Promise.all(members.map((member) => member.stop()));
  await untilLanded(scenario);
}

/**
 * A writer stalls in one of its writes, another one takes the partition over and lands everything, and then the first wakes
 * up. It is in a group of its own, because no log hands a partition over while its owner is known to be busy.
 */
async function stall(scenario: Scenario): Promise<void> {
  const { plan, topic } = scenario;
  await produce(scenario);
  const stalled = stallingStore(scenario.store, plan.failingWrite, { isAfter: plan.failsAfter });
  const old = createMember({ ...scenario, store: stalled.store }, { ingestGroup: `${topic}-stalled` });
  await old.start();
  const drained = old.drain().catch(() => undefined);
  await Promise.race([stalled.reached, drained]);
  await untilLanded(scenario, { ingestBlockRows: plan.blockRows + 3 });
  stalled.wake();
  await old.stop();
}

function stallingStore(store: ColumnStore, n: number, { isAfter }: { isAfter: boolean }) {
  const gate = createGate();
  const reached = createGate();
  let writes = 0;
  const stalling = interceptedStore(store, async (_, run) => {
    const stalls = writes++ === n;
    if (stalls && isAfter) await run();
    if (stalls) {
      reached.open();
      await gate.opened;
    }
    if (!stalls || !isAfter) await run();
  });
  return { store: stalling, reached: reached.opened, wake: gate.open };
}

/**
 * A writer's process stands still while it is told that the partition is its own, another one lands everything, and the table
 * forgets the tokens of what it has inserted. Then the first wakes up: only its epoch can stop it now.
 */
async function stallPastWindow(scenario: Scenario): Promise<void> {
  const { plan, topic, store } = scenario;
  await produce(scenario);
  const gate = createGate();
  const reached = createGate();
  let checks = 0;
  const stalling: ColumnStore = {
    ...store,
    async query(sql, row, options) {
      const rows = await store.query(sql, row, options);
      if (/FROM ingest_epochs/.test(sql) && ++checks === plan.partitions + 1 + plan.failingWrite) {
        reached.open();
        await gate.opened;
      }
      return rows;
    },
  };
  const old = createMember({ ...scenario, store: stalling }, { ingestGroup: `${topic}-stalled` });
  await old.start();
  await Promise.race([reached.opened, old.drain().catch(() => undefined)]);
  await untilLanded(scenario, { ingestBlockRows: plan.blockRows + 3 });
  for (const table of WRITTEN_TABLES) await store.command(`ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = 0`);
  await sleep(ANSWER_MS_MAX);
  gate.open();
  await old.stop();
  for (const table of WRITTEN_TABLES)
    await store.command(`ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = 10000`);
}

/** The broker ends as a crash would, and comes back, while two members read. */
async function brokerRestart(scenario: Scenario): Promise<void> {
  await produce(scenario);
  const members = [createMember(scenario), createMember(scenario)];
  for (const member of members) await member.start();
  await sleep((scenario.plan.afterMs[0] ?? 0) / 4);
  scenario.restartBroker();
  await Promise.all(members.map((member) => member.drain().catch(() => undefined)));
  await Promise.all(members.map((member) => member.stop()));
  await untilLanded(scenario);
}
