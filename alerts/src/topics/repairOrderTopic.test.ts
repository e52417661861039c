import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadRepairMapping, readRepairOrder } from "./repairOrderTopic.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/repair-orders.yaml", import.meta.url));
const nowMs = Date.parse("2026-06-01T00:00:00Z");
const read = (record: unknown, mapping: Awaited<ReturnType<typeof loadRepairMapping>> | null = null) =>
  readRepairOrder(Buffer.from(typeof record === "string" ? record : JSON.stringify(record)), { mapping, nowMs });
const ours = { id: "RO-1", vin: "V1", component: "battery_cell", outcome: "confirmed", at: "2026-05-01", odometerKm: 41_250 };

it("takes a visit in our own words, with the odometer where it is given", () => {
  expect(read(ours)).toMatchObject({ order: { vin: "V1", cause: "routine", odometerKm: 41_250, atMs: Date.parse("2026-05-01") } });
});

it.each([
  ["", "empty"],
  ["{", "malformed"],
  ["[1]", "malformed"],
  [{ ...ours, outcome: "fine" }, "schema"],
  [{ ...ours, odometerKm: -5 }, "schema"],
  [{ ...ours, at: "2031-01-01" }, "time_in_future"],
  [{ ...ours, at: "1970-01-01" }, "time_too_old"],
  [{ ...ours, note: "x".repeat(70_000) }, "too_large"],
])("says why %j cannot be one", (record, reason) => {
  expect(read(record)).toMatchObject({ reason });
});

it("makes a visit of another system's record by the mapping file that ships as an example", async () => {
  const mapping = await loadRepairMapping(EXAMPLE);
  const record = { RO_NO: 90125, VIN: "V1", DATE: "2026/5/1", OPCODE: "HV-1042", RESULT: "NFF", MILEAGE: "41250", ADVISOR: "Li" };
  expect(read(record, mapping)).toEqual({
    order: expect.objectContaining({ id: "90125", component: "battery_cell", outcome: "no_fault_found", odometerKm: 41_250 }),
  });
  expect(read({ ...record, OPCODE: "OIL" }, mapping)).toEqual({ reason: "schema", detail: expect.stringContaining('operation "OIL"') });
});

it("names the file and what is wrong with it", async () => {
  await expect(loadRepairMapping("/nowhere.yaml")).rejects.toThrow("expected a mapping of repair orders in /nowhere.yaml: cannot read it");
});
