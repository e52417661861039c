import type { Queryable } from "@bellwether/postgres/open";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { findWindows } from "../leads/dealerCalendar.ts";
import { findDealersFor } from "../leads/leadDealers.ts";
import { readVisits } from "../leads/leadWork.ts";
import { readAs } from "./access.ts";
import { findAlert, listAlerts, listNotifications } from "./alertReads.ts";
import { findLead, listLeads } from "./leadReads.ts";

/** Lists and details must use indexes: a plan that reads a whole table grows with every alert ever made. */

const ALERTS = 20_000;
const DEALERS = 5000;
let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await openTestPostgres();
  const { db } = postgres;
  await db.execute(
    `INSERT INTO dealers (id, name, language, channel, address, region, latitude_deg, longitude_deg, capacity_per_week)
     SELECT 'd' || n, 'D', 'en', 'log', 'd', 'r' || n % 100, -80 + n % 160, 0, 20 FROM generate_series(0, ${DEALERS - 1}) n`,
  );
  await db.execute(`INSERT INTO alerts (id, vin, component, severity, state, opened_at, last_seen_at, occurrences, title, title_zh)
    SELECT 'al-' || n, 'V' || n, 'battery', 'warning', 'open', '2026-01-01', timestamptz '2026-01-01' + n * interval '1 s', 1, '', ''
    FROM generate_series(1, ${ALERTS}) n`);
  await db.execute(`INSERT INTO leads (id, alert_id, vin, dealer_id, state, act_by, advice, offered_at)
    SELECT 'ld-' || n, 'al-' || n, 'V' || n, 'd' || n % 200, 'offered', '2026-02-01', '{}', timestamptz '2026-01-01' + n * interval '1 s'
    FROM generate_series(1, ${ALERTS}) n`);
  await db.execute(`INSERT INTO notifications (id, alert_id, vin, dealer_id, audience, reason, severity, channel, address, language, title, body, decided_at, created_at)
    SELECT 'nt-' || n, 'al-' || n, 'V' || n, 'd' || n % 200, 'dealer', 'first', 'warning', 'log', 'd', 'en', '', '', '2026-01-01', timestamptz '2026-01-01' + n * interval '1 s'
    FROM generate_series(1, ${ALERTS}) n`);
  await db.execute("INSERT INTO outbox (id, kind, thread, due_at) SELECT id, 'notification', id, now() FROM notifications");
  await db.execute(`INSERT INTO alert_findings (alert_id, finding_id, severity, state, first_seen, last_seen, finding)
    SELECT id, 'f-' || id, 'warning', 'active', opened_at, last_seen_at, '{}' FROM alerts`);
  await db.execute(
    "INSERT INTO receipts (id, notification_id, kind, at, received_at) SELECT id, id, 'delivered', now(), now() FROM notifications",
  );
  await db.execute("ANALYZE");
});
afterAll(() => postgres?.close());

const planRow = z.object({ "QUERY PLAN": z.string() });
const staff = { role: "analyst", dealerId: null, vin: null } as const;
const dealer = { role: "dealer", dealerId: "d7", vin: null } as const;

/** The plan of the statement a read makes, with the caller's rights or the service's own (null), and the pages it touched. */
async function planOf(caller: typeof staff | typeof dealer | null, read: (tx: Queryable) => Promise<unknown>): Promise<string> {
  const plans: string[] = [];
  const run = (work: (tx: Queryable) => Promise<unknown>) =>
    caller === null ? postgres.db.transaction(work) : readAs(postgres.db, caller, work);
  await run((tx) =>
    read({
      execute: tx.execute,
      async query(sql, params, row) {
        const plan = await tx.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) ${sql}`, params, planRow);
        plans.push(plan.map((line) => line["QUERY PLAN"]).join("\n"));
        return z.array(row).parse([]);
      },
    }),
  );
  return plans.join("\n");
}

const ROUTING = { component: "battery_cell", region: "r7", model: "", tried: [] } as const;
const firstPage = { limit: 51, after: null };
const middle = new Date(Date.parse("2026-01-01T00:00:00.000Z") + (ALERTS / 2) * 1000).toISOString();

test.each([
  ["alerts, first page", staff, (tx) => listAlerts(tx, firstPage)],
  ["alerts, a page in the middle", staff, (tx) => listAlerts(tx, { limit: 51, after: [middle, "al-0"] })],
  ["alerts of a vehicle", staff, (tx) => listAlerts(tx, { ...firstPage, vin: "V777" })],
  ["one alert", staff, (tx) => findAlert(tx, "al-777")],
  ["notifications, first page", staff, (tx) => listNotifications(tx, firstPage)],
  ["notifications of a vehicle", staff, (tx) => listNotifications(tx, { ...firstPage, vin: "V777" })],
  ["a dealer's leads", dealer, (tx) => listLeads(tx, firstPage)],
  ["a dealer's one lead", dealer, (tx) => findLead(tx, "ld-207")],
  [
    "dealers of a region and around a car",
    null,
    (tx) => findDealersFor(tx, { ...ROUTING, position: { latitudeDeg: 10.2, longitudeDeg: 0 } }, Date.now()),
  ],
  [
    "a workshop's free windows",
    null,
    (tx) => findWindows(tx, "d7", { component: "battery_cell", actByMs: Date.now(), labourHours: 1 }, Date.now()),
  ],
  ["what confirmed visits took", null, (tx) => readVisits(tx, "battery_cell", ["s"])],
] satisfies readonly (readonly [string, typeof staff | typeof dealer | null, Parameters<typeof planOf>[1]])[])(
  "%s: no table is read as a whole",
  async (_, caller, read) => {
    const plan = await planOf(caller, read);
    expect(plan).not.toMatch(/Seq Scan on (alerts|leads|notifications|outbox|alert_findings|receipts|dealers)/);
    expect(plan).toContain("Index");
  },
);
