import type { Day } from "../engine/days.ts";
import { hashOf } from "../hash.ts";
import { parametersOf, type Segment } from "../rules/parametersOf.ts";
import type { DetectorTexts } from "../rules/schema.ts";
import type { VehicleView } from "./detector.ts";

/**
 * A detector's adjustable numbers. The code keeps what it was measured with; the files in `rules/detectors` say the same with unit
 * and bounds, and what they say is what counts. `rise_k` in a file is `riseK` here.
 */
export interface Settings<K extends string> {
  readonly defaults: Readonly<Record<K, number>>;
  /** The values that hold for the view's vehicle. */
  of(view: Pick<VehicleView, "settings">): Readonly<Record<K, number>>;
}

/** Declares the settings of a detector with their defaults. */
export function defineSettings<K extends string>(detectorId: string, defaults: Readonly<Record<K, number>>): Settings<K> {
  return {
    defaults,
    of(view) {
      const settings = view.settings?.get(detectorId);
      if (settings === undefined) return defaults;
      const values: Record<K, number> = { ...defaults };
      for (const name in defaults) values[name] = settings[parameterName(name)] ?? defaults[name];
      return values;
    },
  };
}

/** A setting's name as rule files write it: `ownRiseK` is `own_rise_k`. */
export function parameterName(setting: string): string {
  return setting.replace(/[A-Z]+/g, (letters) => `_${letters.toLowerCase()}`);
}

/** What a vehicle's kind gives the parameters of a detector's files; a name is in one of them only. */
export function settingsFor(files: readonly DetectorTexts[], segment: Segment): Readonly<Record<string, number>> {
  return Object.fromEntries(
    files.flatMap((file) => Object.entries(parametersOf(file, segment)).map(([name, { value }]) => [name, value] as const)),
  );
}

/** Twelve digits of the hash of what decides a detector's findings: the method's version and every setting, not the wording. */
export function settingsHash(detector: { readonly id: string; readonly version: number }, files: readonly DetectorTexts[]): string {
  const decides = files.map(({ id, parameters, overrides }) => ({ id, parameters, overrides }));
  return hashOf([detector.id, detector.version, decides]).slice(0, 12);
}

/** Where a source of findings stands on a day; null: it is draft, retired or outside its effective dates and does not run. */
export function stageOf(file: Pick<DetectorTexts, "status" | "effective"> | undefined, day: Day): "live" | "shadow" | null {
  if (file === undefined) return "live";
  const { from, until } = file.effective ?? {};
  if ((from !== undefined && day < from) || (until !== undefined && day >= until)) return null;
  return file.status === "live" || file.status === "shadow" ? file.status : null;
}
