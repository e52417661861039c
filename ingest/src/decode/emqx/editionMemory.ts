/** What is known of vehicles from earlier payloads, for payloads that do not say it themselves. */
export interface EditionMemory<T> {
  readonly recall: (vin: string) => T | undefined;
  readonly note: (vin: string, known: T) => void;
}

/** A memory of at most `limit` vehicles; the one not spoken of for longest is forgotten first. */
export function createEditionMemory<T>(limit: number): EditionMemory<T> {
  const known = new Map<string, T>();
  return {
    recall: (vin) => known.get(vin),
    note(vin, what) {
      known.delete(vin);
      known.set(vin, what);
      if (known.size <= limit) return;
      const [oldest] = known.keys();
      if (oldest !== undefined) known.delete(oldest);
    },
  };
}
