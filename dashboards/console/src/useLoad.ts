import { useCallback, useEffect, useState } from "preact/hooks";

export type Load<T> = { kind: "loading" } | { kind: "failed"; error: unknown } | { kind: "ready"; value: T };

/** Loads on mount and whenever `inputs` change; `reload` repeats quietly, keeping the old value on screen. */
export function useLoad<T>(load: () => Promise<T>, inputs: readonly unknown[]): { state: Load<T>; reload: () => void } {
  const [state, setState] = useState<Load<T>>({ kind: "loading" });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let current = true;
    load().then(
      (value) => current && setState({ kind: "ready", value }),
      (error: unknown) => current && setState({ kind: "failed", error }),
    );
    return () => {
      current = false;
    };
  }, [...inputs, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  return { state, reload };
}

/** Calls `action` every `periodMs` while the page is visible. */
export function useRefresh(action: () => void, periodMs: number): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") action();
    }, periodMs);
    return () => clearInterval(timer);
  }, [action, periodMs]);
}
