import { createRandom } from "../faults/plan.ts";

/** What a run of the campaign does, drawn from its seed, pure. */

/** Who stands behind an address: a receiver that drops an id it has seen, or one that takes everything. */
export const RECEIVERS = ["keeps", "ignores"] as const;
export type Receiver = (typeof RECEIVERS)[number];

export interface RunPlan {
  readonly run: number;
  readonly route: "fast" | "real";
  readonly intentions: number;
  /** Sender processes at a time. */
  readonly replicas: number;
  /** Mean time between two kills of a sender. */
  readonly killEveryMs: number;
  /** Whether the database is ended as by a crash (otherwise: restarted in order). */
  readonly isDatabaseKilled: boolean;
  /** Share of deliveries after which the provider's answer never comes. */
  readonly lostAnswers: number;
}

const FAST_PER_RUN = 250_000;
/** Starting a sender again costs a second of a core: longer runs kill less often, and still dozens of times. */
const LONG_RUN = { fast: 100_000, real: 2000 };
const LONG_RUN_PACE = 3;

/** The runs for a number of intentions over the fast channel and one over real servers. */
export function planRuns(seed: number, fast: number, real: number): readonly RunPlan[] {
  const random = createRandom(seed);
  const runs = Math.ceil(fast / FAST_PER_RUN);
  const routes = [...Array.from({ length: runs }, (_, i) => Math.ceil((fast - i) / runs)), ...(real > 0 ? [real] : [])];
  const planned = routes.map((intentions, run) => ({ run, intentions, route: run < runs ? ("fast" as const) : ("real" as const) }));
  return planned.map(({ route, intentions, ...rest }) => ({
    ...rest,
    route,
    intentions,
    replicas: 2 + Math.floor(random() * 3),
    killEveryMs: (600 + Math.floor(random() * 1400)) * (intentions > LONG_RUN[route] ? LONG_RUN_PACE : 1),
    isDatabaseKilled: random() < 0.5,
    lostAnswers: 0.002 + random() * 0.008,
  }));
}
