/**
 * Examples of the OpenAPI document: the body of every request that takes one, and what lists answer.
 * `examples.engine.test.ts` holds each against the schema beside it, so that one that is no longer accepted fails.
 */

const VIN = "LTEST000000000042";
const WINDOW = { from: "2026-09-01T00:00:00Z", to: "2026-11-01T00:00:00Z" };
const RULE_TEXT = "id: cell-under-voltage\nversion: 2\n...";

/** By method and path, as the routes are declared. */
export const REQUEST_EXAMPLES: Readonly<Record<string, object>> = {
  "POST /v1/alerts/:id/dismiss": { note: "The probe was unplugged during a body repair." },
  "POST /v1/silences": { component: "sensor", until: "2026-12-01T00:00:00Z", reason: "New harness is being fitted fleet-wide" },
  "POST /v1/vehicles/:vin/preferences": { quietFromMin: 1320, quietToMin: 420, maxPerMonth: 2, digestAtMin: 1080 },
  "POST /v1/vehicles/:vin/consents": { purpose: "dealer_contact", given: true, textVersion: "2026-05", proof: "app 7.2, screen 14" },
  "POST /v1/vehicles/:vin/owner/erase": { reason: "Request of 21 November by post" },
  "POST /v1/leads/:id/progress": { state: "booked", bookedFor: "2026-11-27T08:30:00Z", note: "Brings the winter tyres" },
  "POST /v1/leads/:id/close": {
    outcome: "confirmed",
    note: "Module 3 replaced",
    partsUsed: ["Battery module"],
    operationsDone: ["Replace the module"],
  },
  "POST /v1/lead-webhooks": { dealerId: "dealer-07", url: "https://dms.example/leads" },
  "POST /v1/dealers/:id/calendar": {
    slots: [{ startsAt: "2026-11-27T08:00:00Z", endsAt: "2026-11-27T12:00:00Z", bays: 2, technicians: 3, trained: { battery_cell: 1 } }],
  },
  "POST /v1/dealers/:id/place": { latitudeDeg: 31.23, longitudeDeg: 121.47, brands: ["EXAMPLE"] },
  "POST /v1/engineering-cases/:id/close": { note: "Supplier changed the crimp; from build week 46 on" },
  "POST /v1/repair-orders": {
    id: "RO-2026-118",
    vin: VIN,
    component: "battery_cell",
    cause: "advice",
    outcome: "confirmed",
    at: "2026-11-20T15:10:00Z",
    odometerKm: 48210,
    partsUsed: ["Battery module"],
    operationsDone: ["Replace the module"],
  },
  "POST /v1/recalls": {
    rows: [{ campaign: "R-26-04", vin: VIN, component: "battery", title: "Busbar torque", state: "open", openedOn: "2026-10-01" }],
  },
  "POST /v1/api-keys": { name: "night export", role: "analyst", scopes: ["read"], expiresAt: "2027-05-01T00:00:00Z" },
  "POST /v1/labels": {
    source: "dealer system",
    csv: "Fahrgestellnummer,Datum,Teil\nLTEST000000000042,2026-11-20,9A7-915\n",
    mapping: {
      columns: { vin: "Fahrgestellnummer", at: "Datum", part: "Teil" },
      parts: { "9A7-915": "battery" },
      defaultOutcome: "confirmed",
    },
  },
  "POST /v1/outside-scores": { model: "cell-lstm", version: "3", rows: [{ vin: VIN, at: "2026-11-20T00:00:00Z", score: 0.82 }] },
  "POST /v1/rules/lint": { text: RULE_TEXT, parameters: { limit_v: 2.8 } },
  "POST /v1/rules/:id/promote": { reason: "Eight weeks in shadow, 14 of 16 confirmed" },
  "POST /v1/rules/:id/rollback": { reason: "False alarms since software 4.1" },
  "POST /v1/drafts": { ruleId: "cell-under-voltage", text: RULE_TEXT, note: "Limit from the sweep of November" },
  "PUT /v1/drafts/:id": { text: RULE_TEXT, revision: 1 },
  "POST /v1/backtests": {
    ...WINDOW,
    rule: { ruleId: "cell-under-voltage" },
    sweep: [{ parameter: "limit_v", from: 2.5, to: 3.1, count: 200 }],
    policy: { horizonDays: 60 },
  },
  "POST /v1/comparisons": {
    ...WINDOW,
    champion: { ruleId: "cell-under-voltage" },
    challenger: { ruleId: "cell-under-voltage", parameters: { limit_v: 2.9 } },
  },
  "POST /v1/dead-letters/replay": { reason: "unknown_format", since: "2026-11-20T00:00:00Z", limit: 1000 },
};

const ALERT = {
  id: "a-7c1e",
  vin: VIN,
  component: "battery_cell",
  severity: "warning",
  state: "open",
  openedAt: "2026-11-20T04:12:09.000Z",
  lastSeenAt: "2026-11-21T04:11:40.000Z",
  resolvedAt: null,
  findingIds: ["f-91ab"],
  occurrences: 2,
  flapping: false,
  title: "A cell discharges itself",
  titleZh: "单个电芯自放电",
};

/** By the name of the schema in the document. */
export const ANSWER_EXAMPLES: Readonly<Record<string, object>> = {
  Alert: ALERT,
  LeadSummary: {
    id: "l-20d4",
    alertId: ALERT.id,
    vin: VIN,
    dealerId: "dealer-07",
    state: "offered",
    component: ALERT.component,
    severity: ALERT.severity,
    alertState: "open",
    title: ALERT.title,
    titleZh: ALERT.titleZh,
    offeredAt: "2026-11-20T04:12:31.000Z",
    actBy: "2026-12-04T04:12:09.000Z",
    odometerKm: 48210,
    outcome: null,
    isSafety: false,
    acceptBy: "2026-11-21T04:12:31.000Z",
  },
  VehicleSummary: {
    vin: VIN,
    model: "EXAMPLE-EV",
    lastSeenAt: "2026-11-21T18:02:10.000Z",
    socPct: 64,
    odometerKm: 48210,
    sohPct: 93.4,
    sohLowPct: 91.9,
    sohHighPct: 94.8,
    worstSeverity: "warning",
    openAlerts: 1,
  },
  Problem: {
    type: "about:blank",
    title: "Bad Request",
    status: 400,
    detail: "body/until: expected a time in UTC as 2026-12-01T00:00:00Z",
    requestId: "req-1f",
  },
};
