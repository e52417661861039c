/** Looks up one key; undefined where the answer has none. */
export type Gathered<V> = (key: string) => Promise<V | undefined>;

interface Waiting<V> {
  readonly key: string;
  resolve(value: V | undefined): void;
  reject(error: unknown): void;
}

/**
 * One look-up for everybody who asks while the one before runs: where a look-up costs the same for one key as for many, load makes it
 * cheaper per key instead of longer the queue. The first key of a quiet time is looked up at once. At most `keysMax` in one.
 */
export function createGathered<V>(load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>, keysMax: number): Gathered<V> {
  let waiting: Waiting<V>[] = [];
  let isLoading = false;

  async function loadWaiting(): Promise<void> {
    isLoading = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, keysMax);
      waiting = waiting.slice(keysMax);
      try {
        const found = await load([...new Set(batch.map(({ key }) => key))]);
        for (const { key, resolve } of batch) resolve(found.get(key));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isLoading = false;
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (!isLoading) void loadWaiting();
    });
}
