import type { Finding } from "@bellwether/contracts/finding";

/** A finding for tests; every field can be replaced. */
export function exampleFinding(changes: Partial<Finding> = {}): Finding {
  return {
    id: "f-1",
    vin: "LSVAA4182E2000001",
    source: { kind: "detector", id: "abnormal-cell", version: 1 },
    component: "battery_cell",
    severity: "warning",
    state: "active",
    firstSeen: "2019-07-10T08:00:00.000Z",
    lastSeen: "2019-07-17T08:00:00.000Z",
    cell: 82,
    evidence: {
      value: 0.0213,
      unit: "V",
      low: 0.0184,
      high: 0.0241,
      threshold: 0.015,
      from: "2019-07-10T08:00:00.000Z",
      to: "2019-07-17T08:00:00.000Z",
      samples: 4210,
      readings: { deviation_v: -0.0213 },
      series: [{ name: "deviation", unit: "V", at: [1_562_745_600_000, 1_563_350_400_000], values: [-0.011, -0.0213] }],
      disprovedBy: "Cell 82 within 5 mV of the pack's median after a full charge and two hours of rest.",
    },
    sentence: "Cell 82 lies 21 mV below its own baseline, and no other cell does.",
    sentenceZh: "82 号单体较自身基线低 21 mV，其他单体无此现象。",
    ...changes,
  };
}

/** A time some minutes after 2019-07-17 08:00 UTC. */
export function minutesLater(minutes: number): string {
  return new Date(Date.parse("2019-07-17T08:00:00.000Z") + minutes * 60_000).toISOString();
}
