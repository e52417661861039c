import type { OutgoingRecord } from "@bellwether/runtime/log/records";
import { createRandom, type RunPlan } from "./plan.ts";

/** The records of a run, in the order they are produced, and what must be in the tables afterwards. */
export interface Workload {
  readonly vin: string;
  readonly records: readonly OutgoingRecord[];
  readonly firstMs: number;
  /** Distinct reports. */
  readonly reports: number;
  /** Reports that were produced a second time. */
  readonly repeated: number;
  readonly bad: number;
}

const MONTHS = 12 * 16;

/**
 * One vehicle per run and a month per run: two runs never share a part of the table. Every 20th run begins in the last seconds of
 * its month, so that its blocks span two partitions of the table.
 */
export function createWorkload(seed: number, plan: RunPlan): Workload {
  const random = createRandom(seed * 7_919 + plan.run);
  const month = plan.run % MONTHS;
  const monthMs = Date.UTC(2010, month + 1, 1);
  const firstMs = plan.run % 20 === 0 ? monthMs - 60_000 : monthMs + 3_600_000;
  const vin = `F${seed}R${plan.run}`;
  const report = (i: number): OutgoingRecord => {
    const dtcs = i % 9 === 0 ? [{ system: "obd", code: "P0A80" }] : [];
    return { key: vin, value: Buffer.from(JSON.stringify({ vin, eventTime: firstMs + i * 1000, socPct: i % 100, dtcs })) };
  };
  const good = [
    ...Array.from({ length: plan.reports }, (_, i) => report(i)),
    ...Array.from({ length: plan.repeated }, (_, i) => report(plan.repeated === plan.reports ? i : Math.floor(random() * plan.reports))),
  ];
  const bad = Array.from({ length: plan.poison }, (_, i) => POISON[i % POISON.length]?.(vin) ?? { key: vin, value: Buffer.from("?") });
  const mixed = shuffled([...good, ...bad], random).map((record, i) => ({ ...record, partition: i % plan.partitions }));
  return { vin, records: mixed, firstMs, reports: plan.reports, repeated: plan.repeated, bad: bad.length };
}

const POISON: readonly ((vin: string) => OutgoingRecord)[] = [
  (vin) => ({ key: vin, value: Buffer.from("rubbish") }),
  (vin) => ({ key: vin, value: Buffer.alloc(0) }),
  (vin) => ({ key: vin, value: Buffer.from(`{"vin":"${vin}"`) }),
  (vin) => ({ key: "SOMEBODY-ELSE", value: Buffer.from(`{"vin":"${vin}","eventTime":"2015-01-01T00:00:00Z"}`) }),
  (vin) => ({ key: vin, value: Buffer.from(`##\u0002\u00fe${vin.padEnd(17)}\u0001\u0000\u0099`, "latin1") }),
  (vin) => ({ key: vin, value: Buffer.from(`{"vin":"${vin}","eventTime":"1970-01-01T00:00:00Z"}`) }),
];

function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  const mixed = [...list];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [mixed[i], mixed[j]];
    if (a === undefined || b === undefined) continue;
    mixed[i] = b;
    mixed[j] = a;
  }
  return mixed;
}
