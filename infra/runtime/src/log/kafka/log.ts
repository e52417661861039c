import type { RecordLog, RecordSink, SubscribeOptions, Subscription } from "../records.ts";
import type { Cluster } from "./cluster.ts";
import { toLogError } from "./errors.ts";

/** A member of a group that has yet to join. */
export interface StartableSubscription extends Subscription {
  /** Joins the group; resolves once partitions are assigned. */
  start(): Promise<void>;
}

/** What the two Kafka clients do each in its own way. */
export interface KafkaLogParts {
  readonly cluster: Cluster;
  readonly createSubscription: (options: SubscribeOptions) => StartableSubscription;
  readonly createSink: (isClosed: () => boolean) => RecordSink;
  readonly closeClients: () => Promise<void>;
}

/** The record log over one of the two clients. */
export function createKafkaLog({ cluster, createSubscription, createSink, closeClients }: KafkaLogParts): RecordLog {
  const subscriptions = new Set<Subscription>();
  let closing: Promise<void> | null = null;

  async function subscribe(options: SubscribeOptions): Promise<Subscription> {
    const subscription = createSubscription(options);
    subscriptions.add(subscription);
    try {
      await subscription.start();
      return subscription;
    } catch (error) {
      subscriptions.delete(subscription);
      throw toLogError(error, `subscribing to ${options.topics.join(",")}`);
    }
  }

  async function closeAll(): Promise<void> {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    await closeClients();
  }

  return {
    kind: "kafka",
    source: { subscribe },
    sink: createSink(() => closing !== null),
    ensureTopics: cluster.ensureTopics,
    endOffsets: cluster.endOffsets,
    committedOffsets: cluster.committedOffsets,
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
