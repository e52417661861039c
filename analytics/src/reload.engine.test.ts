import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import type { OutgoingRecord, RecordSink } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DEFAULT_RULES_DIR } from "./catalogue.ts";
import { analyticsConfigSchema } from "./config.ts";
import { createAnalytics } from "./service.ts";
import { createSeeder, type Seeder } from "./testing/seed.ts";

const START_MS = Date.parse("2026-03-01T08:00:00Z");
const MINUTE_MS = 60_000;
const RULE = "maker-alarm-level-2";

let test: TestStore;
let seeder: Seeder;
let dir: string;

beforeAll(async () => {
  test = await openTestStore();
  seeder = createSeeder(test.store);
  dir = await mkdtemp(join(tmpdir(), "bellwether-test-reload-"));
  await cp(DEFAULT_RULES_DIR, dir, { recursive: true });
});
afterAll(async () => {
  await test.close();
  await rm(dir, { recursive: true });
});

async function edit(from: string, to: string): Promise<void> {
  const path = join(dir, `${RULE}.yaml`);
  await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
}

function alarms(vin: string, hour: number) {
  return Array.from({ length: 12 }, (_, i) => ({ vin, atMs: START_MS + hour * 60 * MINUTE_MS + i * MINUTE_MS, alarm_level: 2 }));
}

it("takes a changed catalogue in at the next tick, refuses a bad one whole, and clears what a rule out of force had told", async () => {
  const sent: Finding[] = [];
  const sink: RecordSink = {
    async send(_topic: string, records: readonly OutgoingRecord[]) {
      for (const { value } of records) sent.push(findingSchema.parse(JSON.parse(value.toString())));
    },
  };
  const metrics = createMetrics();
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0, analyticsRulesDir: dir });
  const logger = createLogger({ service: "test", level: "silent" });
  const engine = createAnalytics({ store: test.store, sink, config, logger, metrics, now: () => START_MS });
  const told = async (): Promise<readonly string[]> => {
    sent.length = 0;
    await engine.tick();
    return sent.map(({ vin, source, state }) => `${vin} ${source.id} ${state}`);
  };

  await seeder.land(alarms("V1", 0));
  expect(await told()).toContain(`V1 ${RULE} active`);

  await edit("status: live", "status: alive");
  await seeder.land(alarms("V2", 1));
  expect(await told()).toContain(`V2 ${RULE} active`);
  expect(await metrics.registry.metrics()).toMatch(/bellwether_rules_problems 1\n/);

  await edit("status: alive", "status: shadow");
  await seeder.land(alarms("V3", 2));
  expect(await told()).toEqual([`V1 ${RULE} cleared`, `V2 ${RULE} cleared`]);

  await edit("status: shadow", "status: live");
  await seeder.land(alarms("V3", 3));
  expect(await told()).toContain(`V3 ${RULE} active`);
  const counted = await metrics.registry.metrics();
  expect(counted).toContain('bellwether_rules_reloads_total{result="refused"} 1');
  expect(counted).toContain('bellwether_rules_reloads_total{result="taken"} 2');
  expect(counted).toMatch(/bellwether_rules_problems 0\n/);
});
