import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_RULES_DIR, loadRules } from "@bellwether/analytics/catalogue";
import { runBacktest } from "@bellwether/analytics/workbench/backtest/backtest";
import { backtestRequest } from "@bellwether/analytics/workbench/backtest/request";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { runCli } from "./support/runCli.ts";

/** A recorded car through the whole pipeline: what the live engine recorded is what a back-test of every rule finds. */

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const FILE = at("../shared/data/ev-cell-faults/car2.csv.gz");
const DAY_MS = 86_400_000;
const dir = mkdtempSync(join(tmpdir(), "bellwether-workbench-car-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const firingRow = z.object({
  rule_id: z.string(),
  vin: z.string(),
  started_at: z.string(),
  known_at: z.string(),
  cleared_at: z.string().nullable(),
});
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** Detectors are on record too, with a subject; only rules have a back-test. */
async function recorded(store: ColumnStore): Promise<readonly string[]> {
  const rows = await store.query(
    "SELECT rule_id, vin, started_at, known_at, cleared_at FROM rule_firings FINAL WHERE NOT is_withdrawn AND subject = ''",
    firingRow,
  );
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

async function backtested(store: ColumnStore): Promise<readonly string[]> {
  const [seen] = await store.query(
    "SELECT toUnixTimestamp64Milli(min(event_time)) AS first, toUnixTimestamp64Milli(max(event_time)) AS last FROM telemetry",
    z.object({ first: z.number(), last: z.number() }),
  );
  const window = { fromMs: (seen?.first ?? 0) - DAY_MS, toMs: (seen?.last ?? 0) + DAY_MS };
  const lines: string[] = [];
  for (const { id, status } of (await loadRules()).rules) {
    if (status !== "live" && status !== "shadow") continue;
    const ruleText = await readFile(`${DEFAULT_RULES_DIR}/${id}.yaml`, "utf8");
    const { firings } = await runBacktest(store, backtestRequest({ ruleText, ruleFile: `${id}.yaml`, ...window }), { now: () => 0 });
    lines.push(
      ...firings.map(({ vin, startMs, knownMs, clearedMs }) =>
        JSON.stringify({ rule_id: id, vin, started_at: iso(startMs), known_at: iso(knownMs), cleared_at: iso(clearedMs) }),
      ),
    );
  }
  return lines.toSorted();
}

describe.skipIf(!existsSync(FILE))("car 2 (skipped without ../shared/data/ev-cell-faults)", () => {
  it("live firings are the back-test's firings, to the millisecond", async () => {
    const map = at("ingest/maps/ev-cell-faults.yaml");
    expect(await runCli(["replay", FILE, "--map", map, "--vin", "CAR2", "--home", dir, "--json"])).toMatchObject({ code: 0 });
    const store = await openStore({ kind: "embedded", dir: join(dir, "clickhouse") });
    try {
      const live = await recorded(store);
      expect(live.length).toBeGreaterThan(0);
      expect(await backtested(store)).toEqual(live);
      process.stdout.write(`car2: ${live.length} firings, the same live and back-tested\n`);
    } finally {
      await store.close();
    }
  });
});
