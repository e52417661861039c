import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { jsonLines, runCli } from "./support/runCli.ts";

/** Recorded cars with known cell faults through the real command, as an operator would replay them: the scorecard of the whole pipeline. */

const DATA = fileURLToPath(new URL("../../../shared/data/ev-cell-faults", import.meta.url));
const MAP = fileURLToPath(new URL("../../ingest/maps/ev-cell-faults.yaml", import.meta.url));
/** The car's own alarm flips 303 times in car 2. */
const MAKER_ALERTS_MAX = 6;
/** The cell had been getting worse for ten days by then. */
const SEEN_BEFORE = "2019-07-18";

const findingSchema = z.object({
  source: z.object({ id: z.string() }),
  component: z.string(),
  first_seen: z.iso.datetime(),
  cell: z.number().int().positive().nullable(),
  evidence: z.object({ series: z.array(z.object({ at: z.array(z.number()) })).min(1) }),
  sentence: z.string().min(1),
});
const alertSchema = z.object({ id: z.string(), component: z.string() });
const leadSchema = z.object({ alertId: z.string() });
const messageSchema = z.object({ alertId: z.string(), audience: z.string() });
const labelsSchema = z.record(z.string(), z.object({ faulty_cells: z.array(z.number()) }).loose());

const dir = mkdtempSync(join(tmpdir(), "bellwether-cars-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Replays one car into a home of its own and reads back everything that came of it. */
async function replayCar(car: string) {
  const home = join(dir, car);
  const vin = car.toUpperCase();
  const played = await runCli(["replay", join(DATA, `${car}.csv.gz`), "--map", MAP, "--vin", vin, "--home", home, "--json"]);
  expect(played).toMatchObject({ code: 0, stderr: "" });
  const list = async <T>(row: z.ZodType<T>, ...command: string[]): Promise<T[]> => {
    const { stdout } = await runCli([...command, "--vin", vin, "--home", home, "--json"]);
    return z.array(row).parse(jsonLines(stdout));
  };
  const [summary] = jsonLines(played.stdout);
  return {
    summary,
    findings: await list(findingSchema, "findings"),
    alerts: await list(alertSchema, "alerts", "list"),
    leads: await list(leadSchema, "leads"),
    messages: (await list(messageSchema, "notifications")).filter(({ audience }) => audience === "owner"),
  };
}

/** Prints the car's line of the scorecard. */
function printScore(car: string, findings: readonly z.infer<typeof findingSchema>[]): void {
  const labels = labelsSchema.parse(JSON.parse(readFileSync(join(DATA, "labels.json"), "utf8")));
  const faulty = labels[car]?.faulty_cells ?? [];
  const ofCells = findings.filter(({ cell }) => cell !== null);
  const reported = [...new Set(ofCells.map(({ cell }) => cell))];
  const right = reported.filter((cell) => cell !== null && faulty.includes(cell)).length;
  const ratio = (of: number) => (of === 0 ? "-" : (right / of).toFixed(2));
  const first = ofCells.map(({ first_seen }) => first_seen).sort()[0] ?? "-";
  process.stdout.write(
    `${car}: cells ${JSON.stringify(reported)} of ${JSON.stringify(faulty)}, precision ${ratio(reported.length)}, recall ${ratio(faulty.length)}, first seen ${first}\n`,
  );
}

describe.skipIf(!existsSync(DATA))("recorded cars (skipped without ../shared/data/ev-cell-faults)", () => {
  it("car 2: cell 82 and no other, in time, and a flapping alarm that does not flood anybody", async () => {
    const { summary, findings, alerts, leads, messages } = await replayCar("car2");
    printScore("car2", findings);
    expect(summary).toMatchObject({ records: 14_385, landed: 14_385, rejected: {} });
    const cells = findings.filter(({ cell }) => cell !== null);
    expect(new Set(cells.map(({ cell }) => cell))).toEqual(new Set([82]));
    expect(new Set(cells.map(({ component }) => component))).toEqual(new Set(["battery_cell"]));
    const first = cells.map(({ first_seen }) => first_seen).sort()[0] ?? "";
    expect(first < SEEN_BEFORE, first).toBe(true);
    // The recording begins on 15 April: a finding on its first or second day would rest on next to nothing.
    expect(first > "2019-04-17", first).toBe(true);
    for (const { sentence, evidence } of cells) {
      expect(sentence).toContain("82");
      const days = new Set(evidence.series.flatMap(({ at }) => at.map((ms) => Math.floor(ms / 86_400_000))));
      expect(days.size).toBeGreaterThan(2);
    }
    expect(alerts.filter(({ component }) => component === "battery_cell")).toHaveLength(1);
    expect(alerts.filter(({ component }) => component === "vehicle").length).toBeLessThanOrEqual(MAKER_ALERTS_MAX);
    const ids = alerts.map(({ id }) => id).sort();
    expect(messages.map(({ alertId }) => alertId).sort()).toEqual(ids);
    expect(leads.map(({ alertId }) => alertId).sort()).toEqual(ids);
  });

  it("car 1: module imbalance and impossible readings fool nobody", async () => {
    const { summary, findings, alerts } = await replayCar("car1");
    printScore("car1", findings);
    expect(summary).toMatchObject({ records: 66_666, landed: 66_666, rejected: {} });
    expect(findings.filter(({ cell, component }) => cell !== null || component === "battery_cell")).toEqual([]);
    expect(alerts.filter(({ component }) => component === "battery_cell")).toEqual([]);
  });
});
