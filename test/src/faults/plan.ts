/** What one run of the campaign does, told by its seed alone. */

export const FAULTS = [
  "insert_fails",
  "insert_fails_each",
  "store_away",
  "disk_full",
  "table_missing",
  "duplicate_produce",
  "rebalance",
  "stall",
  "stall_past_window",
  "kill",
  "broker_restart",
] as const;
export type Fault = (typeof FAULTS)[number];

export interface RunPlan {
  readonly run: number;
  readonly fault: Fault;
  readonly partitions: number;
  readonly reports: number;
  /** Reports sent a second time, and records nobody can read. */
  readonly repeated: number;
  readonly poison: number;
  readonly blockRows: number;
  readonly blockAgeMs: number;
  /** insert_fails: which write fails, and whether it had happened. */
  readonly failingWrite: number;
  readonly failsAfter: boolean;
  /** kill: how often, and how long after the records are in the log; broker_restart and stall: when. */
  readonly kills: number;
  readonly afterMs: readonly number[];
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32, public domain). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Shares of the faults, in per cent; a broker can only be restarted where there is one, and a kill costs a session time-out there. */
const SHARES: Readonly<Record<"embedded" | "kafka", Readonly<Record<Fault, number>>>> = {
  embedded: {
    ...{ insert_fails: 16, insert_fails_each: 10, store_away: 8, disk_full: 8, table_missing: 6, duplicate_produce: 6 },
    ...{ rebalance: 14, stall: 8, stall_past_window: 8, kill: 16, broker_restart: 0 },
  },
  kafka: {
    ...{ insert_fails: 12, insert_fails_each: 8, store_away: 6, disk_full: 8, table_missing: 6, duplicate_produce: 6 },
    ...{ rebalance: 20, stall: 8, stall_past_window: 8, kill: 8, broker_restart: 10 },
  },
};

/** `only` makes every run of one kind, to look at that kind. */
export function planRun(seed: number, run: number, log: "embedded" | "kafka", only?: Fault): RunPlan {
  const random = createRandom(seed * 1_000_003 + run);
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const picked = pickFault(random(), SHARES[log]);
  const fault = only ?? picked;
  const kills = between(1, 2);
  const reports = between(100, 600);
  const repeated = between(0, 20);
  return {
    run,
    fault,
    partitions: between(1, 4),
    reports,
    // A producer that sends everything again.
    repeated: fault === "duplicate_produce" ? reports : repeated,
    poison: between(0, 12),
    blockRows: between(5, 60),
    blockAgeMs: between(5, 80),
    failingWrite: between(0, 30),
    failsAfter: random() < 0.5,
    kills: fault === "kill" ? kills : 0,
    afterMs: Array.from({ length: 4 }, () => between(5, 700)),
  };
}

function pickFault(point: number, shares: Readonly<Record<Fault, number>>): Fault {
  let reached = 0;
  for (const fault of FAULTS) {
    reached += shares[fault] / 100;
    if (point < reached) return fault;
  }
  return "insert_fails";
}
