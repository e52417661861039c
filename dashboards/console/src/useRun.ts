import { useEffect, useState } from "preact/hooks";
import type { Run } from "./apiTypes.ts";
import { workbench } from "./workbenchApi.ts";

const POLL_MS = 250;

export function isOver({ state }: Pick<Run, "state">): boolean {
  return state !== "queued" && state !== "running";
}

/** Looks at a run until it is over or nobody wants to know any more; tells every look. */
export async function followRun(id: string, onRun: (run: Run) => void, signal: AbortSignal, everyMs = POLL_MS): Promise<void> {
  while (!signal.aborted) {
    const run = await workbench.run(id);
    if (signal.aborted) return;
    onRun(run);
    if (isOver(run)) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Followed {
  readonly run: Run | null;
  readonly error: string | null;
}

/** A run as it goes on; null until the first answer, and where there is no id. */
export function useRun(id: string | undefined): Followed {
  const [state, setState] = useState<Followed>({ run: null, error: null });
  useEffect(() => {
    setState({ run: null, error: null });
    if (id === undefined) return;
    const gone = new AbortController();
    followRun(id, (run) => setState({ run, error: null }), gone.signal).catch((error: unknown) => {
      if (!gone.signal.aborted) setState({ run: null, error: messageOf(error) });
    });
    return () => gone.abort();
  }, [id]);
  return state;
}
