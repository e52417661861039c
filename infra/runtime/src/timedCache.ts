/** Answers that may be a little old: one load per key and period, shared by everybody who asks meanwhile. */

export interface TimedCache<V> {
  /** The kept answer, or what `load` gives; a load that fails is not kept. */
  get(key: string, load: () => Promise<V>): Promise<V>;
}

interface Entry<V> {
  readonly loaded: Promise<V>;
  readonly untilMs: number;
}

/** Keeps an answer for `ttlMs`; beyond `entriesMax` keys the one loaded first goes. */
export function createTimedCache<V>({
  ttlMs,
  entriesMax,
  now,
}: {
  readonly ttlMs: number;
  readonly entriesMax: number;
  readonly now: () => number;
}): TimedCache<V> {
  // In the order of loading: a key loaded again moves to the end.
  const entries = new Map<string, Entry<V>>();
  return {
    get(key, load) {
      const kept = entries.get(key);
      if (kept !== undefined && kept.untilMs > now()) return kept.loaded;
      const loaded = load();
      entries.delete(key);
      entries.set(key, { loaded, untilMs: now() + ttlMs });
      const [oldest] = entries.keys();
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
      loaded.catch(() => {
        if (entries.get(key)?.loaded === loaded) entries.delete(key);
      });
      return loaded;
    },
  };
}
