import { mixUnit } from "../random.ts";
import { magnitudeAt } from "../truth.ts";
import { type FaultKind, momentOf } from "./fault.ts";

const SPIKE_SHARE = 0.01;
const SPIKE_C = 118;

/**
 * A temperature probe that lies: a constant offset with single wild spikes. There to mislead: it is a sensor matter, and a
 * thermal alarm about it is a false alarm.
 */
export const probeSensor: FaultKind = {
  kind: "probe_sensor",
  component: "sensor",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.2, 0.6));
    const probe = random.integer(1, profile.probes);
    const offsetC = random.pick([-25, -18, 12]);
    return {
      cell: null,
      probe,
      startMs,
      course: [{ atMs: startMs, magnitude: offsetC }],
      unit: "°C",
      expected: null,
      explains: ["sensor"],
      sentence: `Probe ${probe} reads ${offsetC} °C off and spikes to ${SPIKE_C} °C now and then.`,
    };
  },
  changeReading(fault, reading) {
    if (reading.timeMs < fault.startMs) return;
    const index = (fault.probe ?? 1) - 1;
    const isSpike = mixUnit(reading.noiseSeed, 41) < SPIKE_SHARE;
    reading.probeC[index] = isSpike ? SPIKE_C : (reading.probeC[index] ?? 0) + magnitudeAt(fault, reading.timeMs);
  },
};
