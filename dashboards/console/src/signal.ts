import { useEffect, useState } from "preact/hooks";

export interface Signal<T> {
  readonly value: T;
  set(next: T): void;
  subscribe(listener: () => void): () => void;
}

/** A value the whole page shares. */
export function signal<T>(initial: T): Signal<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get value() {
      return value;
    },
    set(next) {
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Renders the component again whenever the shared value changes. */
export function useSignal<T>(source: Signal<T>): T {
  const [, setRound] = useState(0);
  useEffect(() => source.subscribe(() => setRound((n) => n + 1)), [source]);
  return source.value;
}
