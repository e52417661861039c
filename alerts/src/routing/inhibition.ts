import type { Component, Severity } from "@bellwether/contracts/finding";

/** Which critical alerts explain which others on the same vehicle, as data: the symptoms are recorded and nobody is told. */
const INHIBITIONS: Readonly<Partial<Record<Component, readonly Component[]>>> = {
  // A pack that overheats raises cell, charging and sensor findings and the maker's general alarm.
  battery_thermal: ["battery", "battery_cell", "charging", "sensor", "vehicle"],
  // A breakdown of insulation stops charging and raises the maker's general alarm.
  battery_insulation: ["battery", "charging", "vehicle"],
  battery_cell: ["battery", "sensor", "vehicle"],
  drive: ["vehicle"],
};

export interface RunningAlert {
  readonly id: string;
  readonly component: Component;
  readonly severity: Severity;
}

/** The running critical alert whose symptom a finding is; null when there is none. */
export function inhibitorOf(component: Component, running: readonly RunningAlert[]): RunningAlert | null {
  const explains = ({ component: cause, severity }: RunningAlert) =>
    severity === "critical" && (INHIBITIONS[cause]?.includes(component) ?? false);
  return running.find(explains) ?? null;
}
