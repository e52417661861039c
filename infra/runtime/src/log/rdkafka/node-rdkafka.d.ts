/** The part of node-rdkafka 3 that is used here; the module itself is an optional peer and need not be installed to type check. */
declare module "node-rdkafka" {
  export interface LibrdKafkaError {
    readonly message: string;
    readonly code: number;
    readonly isFatal?: boolean;
    readonly isRetriable?: boolean;
  }

  export interface TopicPartition {
    readonly topic: string;
    readonly partition: number;
  }

  export interface TopicPartitionOffset extends TopicPartition {
    readonly offset: number;
  }

  export interface Message extends TopicPartitionOffset {
    readonly value: Buffer | null;
    readonly key?: Buffer | string | null;
    readonly timestamp?: number;
    readonly headers?: readonly Readonly<Record<string, Buffer | string>>[];
  }

  export interface DeliveryReport extends TopicPartitionOffset {
    readonly opaque?: unknown;
  }

  export interface Client {
    connect(options: { timeout: number }, done: (error: LibrdKafkaError | null | undefined) => void): void;
    disconnect(done: () => void): void;
    setOauthBearerToken(token: string): void;
    on(event: "event.error", listener: (error: LibrdKafkaError) => void): void;
  }

  export type Settings = Readonly<Record<string, unknown>>;

  export class KafkaConsumer implements Client {
    constructor(global: Settings, topic: Settings);
    connect: Client["connect"];
    disconnect: Client["disconnect"];
    setOauthBearerToken: Client["setOauthBearerToken"];
    on: Client["on"];
    subscribe(topics: readonly string[]): void;
    consume(records: number, done: (error: LibrdKafkaError | null, messages: readonly Message[]) => void): void;
    setDefaultConsumeTimeout(ms: number): void;
    commit(offset: TopicPartitionOffset): void;
    pause(partitions: readonly TopicPartition[]): void;
    resume(partitions: readonly TopicPartition[]): void;
    assign(partitions: readonly TopicPartition[]): void;
    unassign(): void;
    incrementalAssign(partitions: readonly TopicPartition[]): void;
    incrementalUnassign(partitions: readonly TopicPartition[]): void;
    rebalanceProtocol(): string;
    getWatermarkOffsets(topic: string, partition: number): { readonly lowOffset: number; readonly highOffset: number };
  }

  export class Producer implements Client {
    constructor(global: Settings, topic: Settings);
    connect: Client["connect"];
    disconnect: Client["disconnect"];
    setOauthBearerToken: Client["setOauthBearerToken"];
    on(event: "event.error", listener: (error: LibrdKafkaError) => void): void;
    on(event: "delivery-report", listener: (error: LibrdKafkaError | null, report: DeliveryReport) => void): void;
    setPollInterval(ms: number): void;
    poll(): void;
    produce(
      topic: string,
      partition: number,
      value: Buffer | null,
      key: Buffer | string | null,
      timestampMs: number | null,
      opaque: unknown,
      headers: readonly Readonly<Record<string, string>>[],
    ): void;
  }
}
