import { mkdirSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createApi } from "@bellwether/alerts/api/createApi";
import { alertsConfigSchema } from "@bellwether/alerts/config";
import { createApiKey } from "@bellwether/alerts/identity/apiKeys";
import { FLEET_START_MS, fleetVin, seedWorkbenchFleet } from "@bellwether/alerts/testing/workbenchFleet";
import { DEFAULT_RULES_DIR } from "@bellwether/analytics/catalogue";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, launchChromium } from "./support/chromium.ts";

/**
 * The workbench as an analyst sees it: a threshold is edited, the curves move, a draft is saved, put in shadow, compared and
 * promoted; labels by keyboard. On a small fleet whose truth is known. Screenshots go to .cache/screenshots.
 */

const chromium = findChromium();
const SHOTS = fileURLToPath(new URL("../../.cache/screenshots/", import.meta.url));
const CONSOLE_DIR = fileURLToPath(new URL("../../dashboards/console/dist", import.meta.url));
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const DAY_MS = 86_400_000;
/** What a bad software release looks like. */
const FLEET_FINDING = {
  id: "ff-1",
  day: "2026-02-01",
  kind: "common-cause",
  source_id: "aux-battery",
  group_kind: "model",
  group_name: "T1",
  vehicles: 20,
  expected: 0.4,
  group_size: 60,
  p_value: 1e-20,
  vins: Array.from({ length: 20 }, (_, i) => fleetVin(i + 1)),
  evidence: "{}",
  sentence:
    "12 V battery weak: first seen in 20 of 60 vehicles of T1 on 2026-02-01; 0.40 were to be expected. One cause for all (software, data) is likelier than 20 faults.",
  sentence_zh: "蓄电池偏弱：2026-02-01当天T1共60辆车中有20辆首次出现，预期为0.40辆。更可能是同一原因（软件或数据），而非20个故障。",
  revision: 1,
};

const STATION_FINDING = {
  ...FLEET_FINDING,
  ...{ id: "station-1", day: "2026-02-08", kind: "charging-station", source_id: "charge-stops", group_kind: "place", vins: [] },
  ...{ group_name: "31.230, 121.474", vehicles: 6, expected: 0.2, group_size: 9 },
  sentence: "Charging place at 31.230, 121.474: 18 of 60 charges of 9 cars stopped in 60 days.",
  sentence_zh: "充电地点（31.230, 121.474）：60天内9辆车的60次充电中有18次中断。",
};
/** Insulation findings rise in the south, and so in all regions together. */
const RATES = ["", "south"].map((region) => ({
  ...{ week: "2026-02-02", kind: "finding", family: "insulation-trend", model: "T1", region, events: 6, vehicle_weeks: 60, expected: 2 },
  ...{ state: "raised", ratio: 1.8, ratio_low: 1.3, ratio_high: 2.4, raised_since: "2026-01-05", alarm_week: "2026-01-26" },
  ...{ parts: ["HV cable set"], parts_zh: ["高压线束"], quantity_low: 5, quantity: 9, quantity_high: 14 },
  computed_at: "2026-02-09T00:00:00.000Z",
}));

describe.skipIf(chromium === null)(
  `the workbench in a browser${chromium === null ? " (skipped: no Chromium on this machine)" : ""}`,
  () => {
    let postgres: TestPostgres;
    let clickhouse: TestStore;
    let api: Awaited<ReturnType<typeof createApi>>;
    let address: string;
    let rulesDir: string;
    let browser: Browser;
    let page: Page;
    let key: string;
    const complaints: string[] = [];

    beforeAll(async () => {
      mkdirSync(SHOTS, { recursive: true });
      rulesDir = await mkdtemp(join(tmpdir(), "bellwether-test-rules-"));
      await cp(DEFAULT_RULES_DIR, rulesDir, { recursive: true });
      [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
      await seedWorkbenchFleet(clickhouse.store);
      await clickhouse.store.insertRows("fleet_findings", [FLEET_FINDING, STATION_FINDING], { token: "workbench-fleet-findings" });
      await clickhouse.store.insertRows("fleet_rates", RATES, { token: "workbench-fleet-rates" });
      const logger = createLogger({ service: "api", level: "silent" });
      const config = alertsConfigSchema.parse({ apiConsoleDir: CONSOLE_DIR });
      const deps = { db: postgres.db, store: clickhouse.store, logger, metrics: createMetrics(), now: Date.now, rulesDir };
      api = await createApi({ ...deps, config });
      address = await api.listen({ host: "127.0.0.1", port: 0 });
      key = await createApiKey(postgres.db, { role: "analyst", name: "Ana" });
      browser = await launchChromium(chromium ?? "");
      page = await browser.newPage({ viewport: DESKTOP, locale: "en-GB" });
      page.setDefaultTimeout(60_000);
      page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
    });

    afterAll(async () => {
      await browser?.close();
      await api?.close();
      await Promise.all([postgres?.close(), clickhouse?.close()]);
      await rm(rulesDir, { recursive: true, force: true });
    });

    const shot = (name: string) => page.screenshot({ path: `${SHOTS}workbench-${name}.png`, fullPage: true });
    /** Waits until a number reads so: pages render a moment after the hand. */
    const reads = (label: string, text: RegExp) => page.locator(`[data-tile="${label}"]`, { hasText: text }).waitFor();
    const settled = () => page.locator('[data-preview="idle"]', { hasText: "vehicles" }).waitFor();

    it("signs in and lists the rules", async () => {
      await page.goto(address);
      await page.getByLabel("API key").fill(key);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("link", { name: "Rules" }).click();
      await page.getByRole("link", { name: "Cell voltage too low" }).waitFor();
      const detector = page.getByTestId("detectors").locator("details", { hasText: "abnormal-cell v1" });
      await detector.locator("summary").click();
      await shot("rules");
      expect(await detector.locator("tr", { hasText: "max_cells" }).textContent()).toBe("max_cells3 cells1 – 12–");
      await detector.getByText("A measuring wire with poor contact.").waitFor();
    });

    it("shows a finding many cars have in common once, with its cars, a station that stops everybody, and the parts to stock", async () => {
      await page.getByRole("link", { name: "Fleet" }).click();
      const panel = page.getByTestId("fleet-findings");
      await panel.getByText("20 of 60 vehicles, 0.4 expected").waitFor();
      await panel.locator("summary").click();
      await shot("fleet-findings");
      expect(await panel.getByRole("link").count()).toBe(20);
      await panel.getByText("18 of 60 charges of 9 cars").waitFor();
      const stock = page.getByTestId("parts-to-stock").locator("tbody tr");
      expect(await stock.allTextContents()).toEqual([
        "HV cable set9 (5–14)south 9 (5–14)insulation-trend, T1: 1.8 (1.3–2.4) times the usual since 5 Jan 2026",
      ]);
      await page.getByRole("link", { name: "Rules" }).click();
    });

    it("moves the operating point along the curves with the threshold", async () => {
      await page.getByRole("link", { name: "Cell voltage too low" }).click();
      await settled();
      await page.locator(".plots canvas").first().waitFor();
      await reads("Recall", /^0\.35$/);
      await page.getByLabel("limit_v").fill("3.0");
      await reads("Recall", /^1$/);
      await page.getByLabel("limit_v").fill("2.8");
      await reads("Recall", /^0/);
      const ground = page.locator(".plots .draggable").first();
      const box = await ground.boundingBox();
      if (box === null) throw new Error("the chart has no place");
      await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.86, box.y + 60, { steps: 5 });
      await page.mouse.up();
      await reads("Recall", /^1$/);
      await page.getByTestId("drift").getByText("recorded firings").waitFor();
      await shot("rule");
    });

    it("draws two parameters together, and takes both values of a field", async () => {
      await page.getByLabel("Second parameter").selectOption("impossible_v");
      const grid = page.getByTestId("grid").locator("table");
      await grid.waitFor();
      await shot("grid");
      await grid.locator("tr", { hasText: "1.4 V" }).locator("button").last().click();
      await reads("Recall", /^1$/);
      expect(await page.locator(".slider", { hasText: "impossible_v" }).locator("output").textContent()).toBe("1.4 V");
    });

    it("moves the curves with the text, and says where the text is wrong", async () => {
      const text = page.getByLabel("Rule text");
      const before = await text.inputValue();
      await text.fill(before.replace("condition: cell_voltage_min_v <", "condition: cell_voltage_mni_v <"));
      await page.getByText('unknown column "cell_voltage_mni_v"').waitFor();
      await page.getByRole("alert").getByText("10:12").waitFor();
      await text.fill(before.replace("condition: cell_voltage_min_v <", "condition: cell_voltage_min_v + 0.3 <"));
      await page.locator('[data-preview="running"]').waitFor();
      await settled();
      await page.getByLabel("limit_v").fill("3.0");
      await reads("Recall", /^0/);
      await text.fill(before);
      await settled();
    });

    it("back-tests the whole fleet; the run survives a reload", async () => {
      await page.getByLabel("limit_v").fill("3.0");
      await page.getByRole("button", { name: "Back-test the whole fleet" }).click();
      await page.waitForURL(/run=wr-/);
      await page.reload();
      await page.getByRole("heading", { name: "Back-test of the whole fleet" }).waitFor();
      await page.getByText("40 found, 0 missed").waitFor();
      await shot("full-run");
    });

    it("saves a draft, puts it in shadow, is refused, compares, and promotes", async () => {
      await settled();
      await page.getByLabel("limit_v").fill("3.0");
      await page.getByRole("button", { name: "Save draft" }).click();
      await page.waitForURL(/draft=rd-/);
      await page.getByRole("button", { name: "Put in shadow" }).click();
      await page.waitForURL(/rules\/cell-under-voltage-v2/);
      expect(await readFile(join(rulesDir, "cell-under-voltage-v2.yaml"), "utf8")).toContain("default: 3");

      await page.getByLabel("Reason, for the record").fill("finds all of them");
      await page.getByRole("button", { name: "Promote to live" }).click();
      await page.getByRole("alert").getByText("no finished comparison").waitFor();
      await shot("refused");
      await page.getByRole("link", { name: "Compare with cell-under-voltage" }).click();
      await page.getByRole("button", { name: "Compare", exact: true }).click();
      await page.getByRole("heading", { name: "The gate lets it through" }).waitFor();
      expect(await page.getByRole("heading", { name: "Both fired 14" }).count()).toBe(1);
      await shot("compare");

      await page.goto(`${address}/rules/cell-under-voltage-v2`);
      await page.getByLabel("Reason, for the record").fill("finds all of them");
      await page.getByRole("button", { name: "Promote to live" }).click();
      await page.getByRole("button", { name: "Take back" }).waitFor();
      expect(await readFile(join(rulesDir, "cell-under-voltage-v2.yaml"), "utf8")).toContain("status: live");
      expect(await readFile(join(rulesDir, "cell-under-voltage.yaml"), "utf8")).toContain("status: retired");
    });

    it("explains why a rule did not fire", async () => {
      const at = new Date(FLEET_START_MS + 30 * DAY_MS + 9 * 3_600_000).toISOString();
      await page.goto(`${address}/explain?rule=cell-under-voltage&vin=${fleetVin(1)}&at=${at}`);
      await page.locator("main h2").first().waitFor();
      await shot("explain");
      await page.getByText("Not fired at").waitFor();
      await page.locator("table .badge").first().waitFor();
      await shot("explain");
    });

    it("judges findings by keyboard and takes a workshop's file", async () => {
      await page.goto(`${address}/labels`);
      await page.getByRole("heading", { name: "Findings nobody has judged 12" }).waitFor();
      const first = await page.locator('.judging li[aria-current="true"]').textContent();
      await page.keyboard.press("n");
      await page.getByRole("heading", { name: "Findings nobody has judged 11" }).waitFor();
      expect(await page.locator('.judging li[aria-current="true"]').textContent()).not.toBe(first);
      const csv = `vin,component,outcome,at\n${fleetVin(55)},battery_cell,no_fault_found,2026-03-10\nNOBODY,battery_cell,confirmed,2026-03-10\n`;
      await page.getByLabel("CSV file").setInputFiles({ name: "orders.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
      await page.getByLabel("Name of the system they come from").fill("DMS");
      await page.getByRole("button", { name: "Import" }).click();
      await page.getByText("1 labels landed, 1 rows left out.").waitFor();
      await page.getByText("NOBODY is not a vehicle of this fleet").waitFor();
      await shot("labels");
    });

    it.each(["/rules", "/rules/cell-under-voltage", "/compare", "/explain", "/labels"])(
      "fits a phone and speaks Chinese at %s",
      async (path) => {
        await page.setViewportSize(PHONE);
        await page.goto(`${address}${path}`);
        await page.getByRole("button", { name: "中文" }).click();
        await page.getByRole("link", { name: "规则", exact: true }).waitFor();
        await page.locator("main h1").waitFor();
        if (path.startsWith("/rules/")) await page.locator('[data-preview="idle"]', { hasText: "辆车" }).waitFor();
        expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(true);
        await shot(`phone${path.replaceAll("/", "-")}`);
        await page.getByRole("button", { name: "English" }).click();
        await page.setViewportSize(DESKTOP);
      },
    );

    it("never threw in the browser", () => {
      expect(complaints).toEqual([]);
    });
  },
);
