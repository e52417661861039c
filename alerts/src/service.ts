import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TOPICS } from "@bellwether/contracts/topics";
import { sqlFailureOf } from "@bellwether/postgres/errors";
import type { Postgres } from "@bellwether/postgres/open";
import type { LogRecord, RecordLog, Subscription } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import { type RetryOptions, retry } from "@bellwether/runtime/retry";
import { createWaker } from "@bellwether/runtime/waker";
import type { AdviceCatalogue } from "./advice.ts";
import { loadCarePlan } from "./care/carePlan.ts";
import type { Channel } from "./channels/channel.ts";
import { createChannels } from "./channels/channels.ts";
import { type AlertsConfig, linkOptionsOf } from "./config.ts";
import { type SenderDeps, sendDue } from "./delivery/sender.ts";
import type { Acceptance } from "./leads/leadClock.ts";
import { type Handled, handleRecord } from "./pipeline.ts";
import type { StageDeps } from "./stages/deps.ts";
import type { Rejected } from "./stages/parse.ts";
import { runTimers, type TimerDeps } from "./timers.ts";
import { createOutsideScores } from "./topics/outsideScoreTopic.ts";
import { oneByOne, parkRecord, untilHandled } from "./topics/recordBatches.ts";
import { createRepairOrders } from "./topics/repairOrderTopic.ts";

export interface AlertsDeps {
  readonly log: RecordLog;
  readonly store: ColumnStore;
  readonly db: Postgres;
  readonly advice: AdviceCatalogue;
  readonly config: AlertsConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly random?: () => number;
}

export interface AlertsService {
  start(): Promise<void>;
  /** Resolves when every finding produced before the call is decided and committed and every due message was attempted. */
  drain(): Promise<void>;
  /** Ends after the record and the messages in hand. */
  stop(): Promise<void>;
  /** Settles when the service has ended; rejects with what broke it. */
  readonly done: Promise<void>;
}

/** Longest text of a channel that is not set up. */
const DEFAULT_LIMITS = { titleChars: 120, bodyChars: 2000 };
/** About five minutes of trying before a database that stays away ends the service. */
const RECORD_RETRY = { attempts: 12, baseMs: 200, maxMs: 60_000 };

/** The alert service: decides about findings and delivers what was decided. */
export function createAlerts(deps: AlertsDeps): AlertsService {
  const { log, config, logger, now } = deps;
  const counters = createCounters(deps.metrics);
  const channels = createChannels(config, { logger, now, sink: log.sink });
  const stopping = new AbortController();
  const sendSoon = createWaker();
  const onHandled = (handled: Handled): void => {
    counters.handled(handled);
    if (handled.kind === "decided" && handled.reason !== "none") sendSoon.wake();
  };
  const decider = createDecider(deps, channels, onHandled, stopping.signal);
  const sender = createSender(deps, channels, counters.delivered);
  const timers = createTimers(deps, channels);
  const ended = createDeferred();
  const readerDeps = { ...deps, group: config.alertsGroup, random: deps.random ?? Math.random };
  const repairOrders = createRepairOrders(readerDeps);
  const outsideScores = createOutsideScores(readerDeps);
  let subscription: Subscription | null = null;
  let sending: Promise<void> = Promise.resolve();
  let ticking: Promise<void> = Promise.resolve();
  let lastFlush: Promise<void> = Promise.resolve();

  const pauseOf = (ms: number) => () => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  /** One flush at a time, so that waiting for a flush is waiting for every message in hand. */
  const flush = (): Promise<void> => {
    const next = lastFlush.then(async () => {
      while (!stopping.signal.aborted && (await sendDue(sender, stopping.signal)) > 0);
    });
    lastFlush = next.catch(() => undefined);
    return next;
  };

  return {
    async start() {
      const topics = [TOPICS.findings, TOPICS.deadLetters, ...(config.pushTopic === undefined ? [] : [config.pushTopic])];
      await log.ensureTopics(topics.map((topic) => ({ topic, partitions: 4 })));
      subscription = await log.source.subscribe({ topics: [TOPICS.findings], group: config.alertsGroup, onBatch: decider });
      await repairOrders.start(config.repairOrderMappingFile);
      await outsideScores.start();
      const carePlan = await loadCarePlan(config.carePlanFile);
      sending = repeatUntilStopped(flush, () => sendSoon.wait(config.senderPollMs, stopping.signal), stopping.signal, logger);
      ticking = repeatUntilStopped(() => runTimers({ ...timers, carePlan }), pauseOf(config.alertTimersMs), stopping.signal, logger);
      Promise.all([subscription.done, repairOrders.done(), outsideScores.done(), sending, ticking]).then(
        () => ended.resolve(),
        ended.reject,
      );
    },
    async drain() {
      const waiting = new AbortController();
      ended.promise.finally(() => waiting.abort()).catch(() => undefined);
      if (subscription !== null) await Promise.race([untilHandled(log, TOPICS.findings, subscription, waiting.signal), ended.promise]);
      for (const reader of [repairOrders, outsideScores]) await Promise.race([reader.drain(waiting.signal), ended.promise]);
      await flush();
    },
    async stop() {
      stopping.abort();
      await Promise.all([subscription?.close(), repairOrders.stop(), outsideScores.stop()]);
      await Promise.all([sending, ticking]);
      await lastFlush;
      await Promise.all([...channels.values()].map((channel) => channel.close()));
      ended.resolve();
    },
    done: ended.promise,
  };
}

/** Decides about each record in its own transaction. */
function createDecider(
  deps: AlertsDeps,
  channels: ReadonlyMap<string, Channel>,
  count: (handled: Handled) => void,
  stopping: AbortSignal,
): ReturnType<typeof oneByOne> {
  const { logger } = deps;
  const pipeline: StageDeps = {
    db: deps.db,
    store: deps.store,
    advice: deps.advice,
    limitsOf: (channel) => channels.get(channel)?.limits ?? DEFAULT_LIMITS,
    coolDownMs: deps.config.alertCoolDownMs,
    acceptance: acceptanceOf(deps.config),
    holdout: { share: holdoutShareOf(deps), salt: deps.config.alertsHoldoutSalt },
    now: deps.now,
  };
  const onRetry: RetryOptions["onRetry"] = ({ attempt, waitMs, error }) =>
    logger.warn({ err: error, attempt, waitMs }, "finding not decided yet");
  const policy: RetryOptions = { ...RECORD_RETRY, random: deps.random ?? Math.random, signal: stopping, onRetry };
  const decide = async (record: LogRecord): Promise<void> => {
    const handled = await retry(() => handleOrReject(record, pipeline), policy);
    if (handled.kind === "rejected") await park(record, handled, deps);
    count(handled);
    if (handled.kind === "decided" && handled.reason !== "none") logger.info(handled, "alert decided");
  };
  return oneByOne(decide, stopping);
}

/** A tenth on a server; nothing on the embedded database, where a demonstration should show every lead. */
function holdoutShareOf({ config, db }: AlertsDeps): number {
  return config.alertsHoldoutShare ?? (db.kind === "server" ? 0.1 : 0);
}

function acceptanceOf({ leadAcceptMs, leadAcceptSafetyMs }: AlertsConfig): Acceptance {
  return { usualMs: leadAcceptMs, safetyMs: leadAcceptSafetyMs };
}

function createTimers({ db, store, advice, config, now }: AlertsDeps, channels: ReadonlyMap<string, Channel>): TimerDeps {
  const limitsOf = (channel: string) => channels.get(channel)?.limits ?? DEFAULT_LIMITS;
  return { db, store, advice, limitsOf, coolDownMs: config.alertCoolDownMs, acceptance: acceptanceOf(config), now };
}

function createSender(
  { db, store, config, now, random = Math.random }: AlertsDeps,
  channels: ReadonlyMap<string, Channel>,
  onSettled: SenderDeps["onSettled"],
): SenderDeps {
  const options = {
    batch: config.senderBatch,
    // A lease shorter than a delivery would hand the message to two senders.
    leaseMs: Math.max(config.senderLeaseMs, 2 * config.channelTimeoutMs),
    attempts: config.senderAttempts,
    baseMs: config.senderBaseMs,
    maxMs: config.senderMaxMs,
    timeoutMs: config.channelTimeoutMs,
  };
  const links = linkOptionsOf(config);
  const { webhookSecret: secret, webhookSecretPrevious: previousSecret, webhookAllowPrivate: mayCallPrivate } = config;
  const webhooks = secret === undefined ? null : { secret, previousSecret, mayCallPrivate, now };
  return {
    db,
    store,
    channels,
    options,
    links,
    webhooks,
    name: randomUUID(),
    now,
    random,
    ...(onSettled === undefined ? {} : { onSettled }),
  };
}

/** A finding PostgreSQL cannot hold (class 22: a NUL in a text, a time out of range) is bad data, not a broken database. */
async function handleOrReject(record: LogRecord, pipeline: StageDeps): Promise<Handled> {
  try {
    return await handleRecord(record, pipeline);
  } catch (error) {
    if (!sqlFailureOf(error)?.sqlState.startsWith("22")) throw error;
    return { kind: "rejected", reason: "malformed", detail: "finding: a text or number that PostgreSQL cannot store" };
  }
}

async function park(record: LogRecord, rejected: Rejected, { log, logger }: AlertsDeps): Promise<void> {
  logger.warn({ partition: record.partition, offset: record.offset, reason: rejected.reason, detail: rejected.detail }, "finding parked");
  await parkRecord(log, record, rejected);
}

/** Flushes, then looks again after a while. A database that is away is waited for. */
async function repeatUntilStopped(
  flush: () => Promise<void>,
  pause: () => Promise<unknown>,
  signal: AbortSignal,
  logger: Logger,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await flush();
    } catch (error) {
      logger.warn({ err: error }, "outbox not reachable; looking again");
    }
    await pause();
  }
}

function createDeferred() {
  let resolve = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // The caller sees a failure in `done`; this only keeps Node from ending the process before he looks.
  promise.catch(() => undefined);
  return { promise, resolve: () => resolve(), reject: (error: unknown) => reject(error) };
}

function createCounters(metrics: Metrics) {
  const findings = metrics.counter({
    name: "bellwether_alerts_findings_total",
    help: "Findings taken from the topic, by what became of them",
    labels: ["outcome", "reason"],
  });
  const deliveries = metrics.counter({
    name: "bellwether_alerts_deliveries_total",
    help: "Delivery attempts, by channel, state after the attempt and failure",
    labels: ["channel", "state", "failure"],
  });
  return {
    handled: (handled: Handled): void => {
      findings.inc({ outcome: handled.kind, reason: handled.kind === "unchanged" ? "none" : handled.reason });
    },
    delivered: ({ channel, state, failure }: { channel: string; state: string; failure: string | null }): void => {
      deliveries.inc({ channel, state, failure: failure ?? "none" });
    },
  };
}
