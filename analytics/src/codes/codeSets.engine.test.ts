import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { addDays } from "../engine/days.ts";
import { writeCodeSets } from "./codeSets.ts";
import { createLearntSets } from "./learntSets.ts";
import { createRepairRisks } from "./repairRisks.ts";

const START = "2025-03-03";
let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const event = (vin: string, day: string, code: string, hour: number) => ({
  vin,
  event_time: `${day}T${String(hour).padStart(2, "0")}:00:00.000Z`,
  received_time: `${day}T23:00:00.000Z`,
  system: "obd",
  code,
});

it("learns that a pair of codes precedes a repair and a single one does not", async () => {
  const { store } = test;
  const events: object[] = [];
  const labels: object[] = [];
  const scores: object[] = [];
  for (let car = 0; car < 30; car++) {
    const vin = `CAR${car}`;
    for (let day = 0; day < 120; day++)
      scores.push({ vin, day: addDays(START, day), reports: 10, computed_at: "2026-01-01T00:00:00.000Z" });
    // Every car sets A on day 10, again on day 11 within the same episode; ten of them B an hour later, and those are repaired.
    events.push(event(vin, addDays(START, 10), "P0A93", 10), event(vin, addDays(START, 11), "P0A93", 9));
    if (car >= 10) continue;
    events.push(event(vin, addDays(START, 10), "P0A2F", 11));
    const at = `${addDays(START, 20)}T08:00:00.000Z`;
    labels.push({ id: vin, vin, component: "drive", outcome: "confirmed", given_by: "dealer", at, note: "", revision: 1 });
  }
  await store.insertRows("dtc_events", events, { token: "events" });
  await store.insertRows("report_scores", scores, { token: "scores" });
  await expect(writeCodeSets(store, "2025-06-30", 0)).resolves.toBe(0);
  await store.insertRows("labels", labels, { token: "labels" });
  await expect(writeCodeSets(store, "2025-06-30", 0)).resolves.toBe(3);
  const rows = await store.query(
    "SELECT codes, component, occurrences, followed, lift, lead_days FROM code_sets FINAL ORDER BY lift_low DESC, codes",
    z.object({
      codes: z.array(z.string()),
      component: z.string(),
      occurrences: z.number(),
      followed: z.number(),
      lift: z.number(),
      lead_days: z.number().nullable(),
    }),
  );
  expect(rows.map(({ codes, occurrences, followed }) => [codes.join(" "), occurrences, followed])).toEqual([
    ["obd:P0A2F", 10, 10],
    ["obd:P0A2F obd:P0A93", 10, 10],
    ["obd:P0A93", 30, 10],
  ]);
  expect(rows[0]?.lift).toBeGreaterThan(10);
  expect(rows[0]?.lead_days).toBeCloseTo(9.875, 3);
  // The week after reads it; a week that nobody has learnt is learnt when it is asked for.
  const known = await createLearntSets(store).on("2025-07-09", 0);
  expect(known[0]).toMatchObject({ codes: ["obd:P0A2F"], component: "drive", horizonDays: 30, occurrences: 10, followed: 10 });
  await expect(createLearntSets(store).on("2025-05-07", 0)).resolves.toHaveLength(3);
  await expect(createLearntSets(store).on(START, 0)).resolves.toEqual([]);
  // Before the repairs nothing is known of them.
  await expect(writeCodeSets(store, addDays(START, 7), 0)).resolves.toBe(0);
});

it("learns the hazard of repairs from every case whose window has passed, once a week", async () => {
  const { store } = test;
  const events: object[] = [];
  const labels: object[] = [];
  for (let car = 0; car < 120; car++) {
    const vin = `RISK${car}`;
    const isPair = car % 3 === 0;
    events.push(event(vin, addDays(START, car % 50), "C0045", 10));
    if (isPair) events.push(event(vin, addDays(START, car % 50), "C0021", 11));
    // Nine in ten of the pairs are repaired a fortnight later, one in ten of the others.
    if (isPair ? car % 10 === 0 : car % 10 !== 1) continue;
    const at = `${addDays(START, (car % 50) + 14)}T08:00:00.000Z`;
    labels.push({ id: vin, vin, component: "brake_system", outcome: "confirmed", given_by: "dealer", at, note: "", revision: 1 });
  }
  await store.insertRows("dtc_events", events, { token: "risk-events" });
  await store.insertRows("labels", labels, { token: "risk-labels" });
  const risks = await createRepairRisks(store).on("2025-07-02", 0);
  expect([...risks.keys()]).toEqual(["brake_system"]);
  expect(risks.get("brake_system")).toMatchObject({ cases: 150 });
  expect(risks.get("brake_system")?.model.codes).toContain("obd:C0021");
  await expect(createRepairRisks(store).on("2025-07-03", 1)).resolves.toEqual(risks);
  // Windows that are still open say nothing yet.
  await expect(createRepairRisks(store).on(addDays(START, 30), 0)).resolves.toEqual(new Map());
});
