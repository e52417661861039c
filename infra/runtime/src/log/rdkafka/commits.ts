import type { KafkaConsumer, LibrdKafkaError, TopicPartitionOffset } from "node-rdkafka";

/** The client answers commits through one callback for all of them; this tells them apart. At most one per partition is on its way. */
export class Commits {
  readonly #waiting = new Map<string, (error: LibrdKafkaError | null) => void>();

  /** Resolves with the broker's answer, null for success. */
  send(consumer: KafkaConsumer, offset: TopicPartitionOffset): Promise<LibrdKafkaError | null> {
    return new Promise((resolve) => {
      this.#waiting.set(keyOf(offset), resolve);
      try {
        consumer.commit(offset);
      } catch (error) {
        this.#waiting.delete(keyOf(offset));
        resolve({ message: error instanceof Error ? error.message : String(error), code: 0 });
      }
    });
  }

  settle(error: LibrdKafkaError | null | undefined, offsets: readonly TopicPartitionOffset[]): void {
    for (const offset of offsets) {
      this.#waiting.get(keyOf(offset))?.(error ?? null);
      this.#waiting.delete(keyOf(offset));
    }
  }
}

function keyOf({ topic, partition }: TopicPartitionOffset): string {
  return `${topic}/${partition}`;
}
