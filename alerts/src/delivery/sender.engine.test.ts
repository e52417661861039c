import type { ColumnStore } from "@bellwether/clickhouse/store";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { BellwetherError } from "@bellwether/contracts/errors";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { Channel, Outgoing } from "../channels/channel.ts";
import type { Delivery } from "./delivery.ts";
import { enqueueLabel } from "./outbox.ts";
import { type SenderDeps, sendDue } from "./sender.ts";

let postgres: TestPostgres;
let clickhouse: TestStore;
let nowMs = 0;
const forever = new AbortController().signal;

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  await postgres.db.execute(
    `INSERT INTO alerts (id, vin, component, severity, state, opened_at, last_seen_at, occurrences, title, title_zh)
     VALUES ('al', 'V', 'battery', 'warning', 'open', now(), now(), 1, '', '')`,
  );
});
afterAll(() => Promise.all([postgres.close(), clickhouse.close()]));
beforeEach(async () => {
  nowMs = Date.parse("2026-01-01T00:00:00.000Z");
  await postgres.db.execute("TRUNCATE outbox, notifications CASCADE");
});

async function enqueue(id: string, thread = id): Promise<void> {
  await postgres.db.execute(
    `INSERT INTO notifications (id, alert_id, vin, audience, reason, severity, channel, address, language, title, body, decided_at, created_at)
     VALUES ($1, 'al', 'V', 'owner', 'first', 'warning', 'test', 'here', 'en', 't', 'b', now(), now())`,
    [id],
  );
  await postgres.db.execute("INSERT INTO outbox (id, kind, thread, due_at) VALUES ($1, 'notification', $2, $3)", [
    id,
    thread,
    new Date(nowMs).toISOString(),
  ]);
}

/** A channel that answers as told and remembers what it was given. */
function channelThat(answer: (message: Outgoing, signal: AbortSignal) => Promise<Delivery>) {
  const given: string[] = [];
  const channel: Channel = {
    limits: { titleChars: 100, bodyChars: 100 },
    send: (message, signal) => {
      given.push(message.id);
      return answer(message, signal);
    },
    close: async () => {},
  };
  return { given, channel };
}
const takes = async ({ id }: Outgoing): Promise<Delivery> => ({ kind: "sent", providerId: id });
const isDown = async (): Promise<Delivery> => ({
  kind: "failed",
  retryable: true,
  reason: "unavailable",
  detail: "expected status 2xx, got 503",
});

function sender(channel: Channel, changes: Partial<SenderDeps> = {}): SenderDeps {
  const options = { batch: 10, leaseMs: 60_000, attempts: 3, baseMs: 1000, maxMs: 60_000, timeoutMs: 1000 };
  const rest = { db: postgres.db, store: clickhouse.store, name: "one", now: () => nowMs, random: () => 0.5 };
  return { ...rest, options, channels: new Map([["test", channel]]), ...changes };
}

const rowSchema = z.object({ state: z.string(), attempts: z.number(), failure: z.string().nullable(), due_at: z.date() });
const rowOf = async (id: string) =>
  (await postgres.db.query("SELECT state, attempts, failure, due_at FROM outbox WHERE id = $1", [id], rowSchema))[0];

test("two senders at once deliver each message once", async () => {
  for (let i = 0; i < 100; i++) await enqueue(`n-${i}`);
  const { given, channel } = channelThat(takes);
  const drain = async (name: string) => {
    while ((await sendDue(sender(channel, { name }), forever)) > 0);
  };
  await Promise.all(["one", "two", "three", "four"].map(drain));
  expect(given).toHaveLength(100);
  expect(new Set(given).size).toBe(100);
});

test("a failure is retried after a random wait that doubles its limit, and ends as dead with its reason", async () => {
  await enqueue("n");
  const { given, channel } = channelThat(isDown);
  const deps = sender(channel);
  await sendDue(deps, forever);
  expect(await rowOf("n")).toMatchObject({ state: "due", attempts: 1, failure: "unavailable", due_at: new Date(nowMs + 500) });
  expect(await sendDue(deps, forever)).toBe(0);
  nowMs += 500;
  await sendDue(deps, forever);
  expect(await rowOf("n")).toMatchObject({ state: "due", attempts: 2, due_at: new Date(nowMs + 1000) });
  nowMs += 1000;
  await sendDue(deps, forever);
  expect(await rowOf("n")).toMatchObject({ state: "dead", attempts: 3, failure: "unavailable" });
  nowMs += 1e9;
  expect(await sendDue(deps, forever)).toBe(0);
  expect(given).toHaveLength(3);
});

test("a refusal is dead at once", async () => {
  await enqueue("n");
  const { channel } = channelThat(async () => ({ kind: "failed", retryable: false, reason: "rejected", detail: "" }));
  await sendDue(sender(channel), forever);
  expect(await rowOf("n")).toMatchObject({ state: "dead", attempts: 1, failure: "rejected" });
});

test("a channel that is not set up is dead with that reason", async () => {
  await enqueue("n");
  await sendDue(sender(channelThat(takes).channel, { channels: new Map() }), forever);
  expect(await rowOf("n")).toMatchObject({ state: "dead", failure: "channel_disabled" });
});

test("a killed sender's messages return when its lease ends, and what it says too late is not believed", async () => {
  await enqueue("n");
  let answerLate: (delivery: Delivery) => void = () => {};
  const stuck = channelThat(() => new Promise((resolve) => (answerLate = resolve)));
  const lost = sendDue(sender(stuck.channel, { name: "lost" }), forever);
  await expect.poll(() => stuck.given).toEqual(["n"]);
  const second = channelThat(takes);
  expect(await sendDue(sender(second.channel, { name: "second" }), forever)).toBe(0);
  nowMs += 60_000;
  expect(await sendDue(sender(second.channel, { name: "second" }), forever)).toBe(1);
  expect(second.given).toEqual(["n"]);
  answerLate({ kind: "failed", retryable: false, reason: "rejected", detail: "" });
  await lost;
  expect(await rowOf("n")).toMatchObject({ state: "sent", attempts: 2, failure: null });
});

test("a message whose senders always die ends as dead", async () => {
  await enqueue("n");
  await postgres.db.execute("UPDATE outbox SET attempts = 3, leased_by = 'dead', leased_until = $1", [new Date(nowMs).toISOString()]);
  const { given, channel } = channelThat(takes);
  await sendDue(sender(channel), forever);
  expect(given).toEqual([]);
  expect(await rowOf("n")).toMatchObject({ state: "dead", failure: "timeout" });
});

test("of one thread the second waits for the first, also while the first is retried", async () => {
  await enqueue("first", "thread");
  await enqueue("second", "thread");
  let isUp = false;
  const { given, channel } = channelThat((message) => (isUp ? takes(message) : isDown()));
  await sendDue(sender(channel), forever);
  await sendDue(sender(channel), forever);
  expect(given).toEqual(["first"]);
  isUp = true;
  nowMs += 10_000;
  while ((await sendDue(sender(channel), forever)) > 0);
  expect(given).toEqual(["first", "first", "second"]);
});

test("a label survives a column store that is down", async () => {
  const label = {
    id: "lb-1",
    vin: "V",
    component: "battery" as const,
    outcome: "confirmed" as const,
    alertId: "al",
    sourceId: "rule-1",
    givenBy: "dealer:North",
    at: new Date(nowMs).toISOString(),
    note: "",
  };
  await postgres.db.transaction((tx) => enqueueLabel(tx, label, nowMs));
  const down: ColumnStore = {
    ...clickhouse.store,
    insertRows: () => Promise.reject(new BellwetherError("store_unavailable", "down", { retryable: true })),
  };
  const { channel } = channelThat(takes);
  await sendDue(sender(channel, { store: down }), forever);
  expect(await rowOf("lb-1")).toMatchObject({ state: "due", failure: "store_unavailable" });
  nowMs += 10_000;
  await sendDue(sender(channel), forever);
  await sendDue(sender(channel), forever);
  const stored = await clickhouse.store.query("SELECT id, source_id FROM labels", z.object({ id: z.string(), source_id: z.string() }));
  expect(stored).toEqual([{ id: "lb-1", source_id: "rule-1" }]);
  expect(await rowOf("lb-1")).toMatchObject({ state: "sent" });
});
