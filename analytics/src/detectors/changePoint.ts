import type { Day } from "../engine/days.ts";
import { featureDays } from "./describe.ts";
import type { VehicleView } from "./detector.ts";

/**
 * First day on which the battery management's present software ran, where it changed while we watched: what was measured under
 * the old one is not comparable, so baselines begin there (methods 0.2, item 8). Empty string: never changed.
 */
export function comparableSince(view: Pick<VehicleView, "series">): Day {
  const versions = featureDays(view.series.daily["quality"], "bmsSoftware");
  const last = versions.at(-1)?.value;
  const other = versions.findLastIndex(({ value }) => value !== last);
  return other < 0 ? "" : (versions[other + 1]?.day ?? "");
}
