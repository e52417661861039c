/** When workshops meet the same failure again and again: visits told apart by dealer and by model. Pure. */

/** What a closed visit said of what the alert was about. */
export interface Visit {
  readonly vin: string;
  readonly dealerId: string | null;
  readonly sourceId: string;
  readonly component: string;
  readonly isConfirmed: boolean;
}

export type CaseScope = "dealer" | "model";

export interface RepeatedFailure {
  readonly scope: CaseScope;
  readonly scopeId: string;
  readonly sourceId: string;
  readonly component: string;
  /** Cars of the visits in a row, ascending. */
  readonly vins: readonly string[];
}

/** So many cars in a row are a matter for engineering, not for so many workshops. */
export const CASE_CARS = 3;

/**
 * Failures that the last visits at a dealer, or of a model, confirmed on CASE_CARS cars or more with none in between that found
 * something else. `visits` in the order they were closed; a car without a known model counts for its dealer only. O(visits).
 */
export function failuresInARow(visits: readonly Visit[], modelOf: ReadonlyMap<string, string>): readonly RepeatedFailure[] {
  const runs = new Map<string, { readonly failure: Omit<RepeatedFailure, "vins">; readonly vins: Set<string> }>();
  for (const { vin, dealerId, sourceId, component, isConfirmed } of visits) {
    const scopes = { dealer: dealerId, model: modelOf.get(vin) ?? null };
    for (const scope of ["dealer", "model"] as const) {
      const scopeId = scopes[scope];
      if (scopeId === null || scopeId === "") continue;
      const key = JSON.stringify([scope, scopeId, sourceId, component]);
      const run = runs.get(key) ?? { failure: { scope, scopeId, sourceId, component }, vins: new Set<string>() };
      runs.set(key, run);
      if (isConfirmed) run.vins.add(vin);
      else run.vins.clear();
    }
  }
  return [...runs.values()]
    .filter(({ vins }) => vins.size >= CASE_CARS)
    .map(({ failure, vins }) => ({ ...failure, vins: [...vins].sort() }));
}
