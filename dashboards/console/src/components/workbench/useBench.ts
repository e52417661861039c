import { useEffect, useState } from "preact/hooks";
import type { Lint, Report, Run } from "../../apiTypes.ts";
import { followRun, isOver, messageOf } from "../../useRun.ts";
import { type Subject, workbench } from "../../workbenchApi.ts";

/** How long the hands must rest before a text or a slider is tried. */
const REST_MS = 350;
const POLL_MS = 120;
/** Intervals of a preview: rough ones. */
const RESAMPLES = 100;
const GRID_STEPS = 10;

export type RuleParameters = NonNullable<Lint["parameters"]>;

/** The text's parameters and problems, checked by the service a moment after every change; the last good parameters stay. */
export function useLint(text: string): { problems: Lint["problems"]; parameters: RuleParameters | null; threshold: string | null } {
  const [state, setState] = useState<{ problems: Lint["problems"]; parameters: RuleParameters | null; threshold: string | null }>({
    problems: [],
    parameters: null,
    threshold: null,
  });
  useEffect(() => {
    if (text === "") return;
    let current = true;
    const timer = setTimeout(() => {
      workbench.lint(text).then(
        ({ problems, parameters, threshold }) => {
          if (current)
            setState((before) => ({ problems, parameters: parameters ?? before.parameters, threshold: threshold ?? before.threshold }));
        },
        (error: unknown) => {
          if (current) setState((before) => ({ ...before, problems: [{ file: "", line: null, column: null, message: messageOf(error) }] }));
        },
      );
    }, REST_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text]);
  return state;
}

/** A step of 1, 2 or 5 times a power of ten that cuts the bounds into some 50 to 100. */
export function stepOf({ min, max }: Pick<RuleParameters[string], "min" | "max">): number {
  const rough = (max - min) / 100;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10;
  return Number((factor * power).toPrecision(6));
}

/** The values a slider can have, with the rule's own among them. */
export function sweepValues({ min, max, default: own }: RuleParameters[string]): readonly number[] {
  const step = stepOf({ min, max });
  const even = Array.from({ length: Math.floor((max - min) / step + 1e-9) + 1 }, (_, i) => Number((min + i * step).toPrecision(6)));
  return [...new Set([...even, own])].sort((a, b) => a - b);
}

/** Eleven even values per side of a grid, with the rule's own among them. */
export function gridValues({ min, max, default: own }: RuleParameters[string]): readonly number[] {
  const even = Array.from({ length: GRID_STEPS + 1 }, (_, i) => Number((min + (i * (max - min)) / GRID_STEPS).toPrecision(4)));
  return [...new Set([...even.map((value) => Math.min(max, Math.max(min, value))), own])].sort((a, b) => a - b);
}

export interface Preview {
  readonly report: Report | null;
  /** Of the run in hand, before it is done. */
  readonly partial: Run["progress"];
  readonly isRunning: boolean;
  readonly error: string | null;
  /** From the change to the first numbers. */
  readonly firstMs: number | null;
}

/** Back-tests what is on the screen on a sample, with a sweep over one parameter or two; the last result stays until there is a new one. */
export function usePreview(
  text: string,
  axes: readonly { readonly parameter: string; readonly values: readonly number[] }[],
  others: Readonly<Record<string, number>>,
  sampleShare: number,
): Preview {
  const [state, setState] = useState<Preview>({ report: null, partial: null, isRunning: false, error: null, firstMs: null });
  const asked = JSON.stringify([text, axes, others, sampleShare]);
  useEffect(() => {
    // What was refused or running was about another text.
    if (axes.length === 0 || text === "") return setState((before) => ({ ...before, isRunning: false, error: null }));
    const gone = new AbortController();
    const say = (change: Partial<Preview>) => !gone.signal.aborted && setState((before) => ({ ...before, ...change }));
    const timer = setTimeout(() => {
      say({ isRunning: true, error: null, firstMs: null });
      const request = { sampleShare, sweep: axes, policy: { resamples: RESAMPLES } };
      preview({ text, parameters: others }, request, say, gone.signal).catch((error: unknown) =>
        say({ isRunning: false, error: messageOf(error) }),
      );
    }, REST_MS);
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [asked]);
  return state;
}

/** Starts a run and tells how it goes; one nobody waits for any more is stopped. */
async function preview(
  subject: Subject,
  request: Parameters<typeof workbench.backtest>[1],
  say: (change: Partial<Preview>) => void,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = performance.now();
  let firstMs: number | null = null;
  const { id } = await workbench.backtest(subject, request);
  const stop = () => workbench.cancel(id).catch(() => undefined);
  if (signal.aborted) await stop();
  signal.addEventListener("abort", stop);
  const onRun = (run: Run) => {
    if (run.progress !== null) firstMs ??= performance.now() - startedMs;
    if (!isOver(run)) return say({ partial: run.progress, firstMs });
    signal.removeEventListener("abort", stop);
    say({ isRunning: false, partial: null, error: run.error, firstMs, ...(run.report === null ? {} : { report: run.report }) });
  };
  await followRun(id, onRun, signal, POLL_MS);
}
