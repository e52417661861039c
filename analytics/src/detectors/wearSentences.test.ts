import { expect, it } from "vitest";
import { loadRules } from "../catalogue.ts";
import { fillSentence } from "../sentence.ts";
import { dailyView, type Values } from "../testing/dailyView.ts";
import { auxDetector } from "./auxBattery/auxDetector.ts";
import { brakeDetector } from "./brake/brakeDetector.ts";
import { padEnergyDetector } from "./brake/padEnergyDetector.ts";
import { stopsDetector } from "./chargeStops/stopsDetector.ts";
import type { Detector, VehicleView } from "./detector.ts";
import { evidenceGaps } from "./evidenceGaps.ts";
import { chargePortDetector } from "./heat/chargePortDetector.ts";
import { driveCoolingDetector } from "./heat/driveCoolingDetector.ts";
import { chargerDetector } from "./power/chargerDetector.ts";
import { converterDetector } from "./power/converterDetector.ts";
import { trackDetections } from "./track.ts";
import { treadDetector } from "./tread/treadDetector.ts";
import { tyreDetector } from "./tyre/tyreDetector.ts";

const USE = { distanceKm: 120, chargingH: 1, dcChargingH: 0.6, highSocH: 2, ambientMinC: -8 };

const viewOf = (families: Readonly<Record<string, (day: number) => Values>>) => dailyView({ usage: () => USE, ...families });

const tyres = (day: number): Values => {
  const lost = 1.2 * Math.max(0, day - 90);
  const relative = { relativeFlKpa: 0, relativeFrKpa: -lost, relativeRlKpa: 1, relativeRrKpa: -1 };
  return { coldFlKpa: 250, coldFrKpa: 250 - lost, coldRlKpa: 251, coldRrKpa: 249, coldAmbientC: 25, ...relative };
};
const aux = (restV: number, dipV: number, nightMv: number) => (): Values => ({
  ...{ restV, minV: restV - dipV, firstV: restV - nightMv / 1000, firstH: 1, lastV: restV, lastH: 21, recharges: 0, fedH: 2 },
});
const weakening = (day: number): Values => (day < 80 ? aux(12.7, 0.25, 2)() : aux(12.2, 0.7, 2)());
const draining = (day: number): Values => (day < 80 ? aux(12.7, 0.25, 2)() : aux(12.65, 0.25, 80)());
const pads = (day: number): Values => ({ padFlPct: 60 + day * 0.3, padFrPct: 50, odometerKm: 30_000 + 60 * day });
const regenerating = (day: number): Values => ({ brakedKj: 5000, regainedKj: 4950, brakedKm: 30, odometerKm: 30_000 + 60 * day });
const unmeasured = (day: number): Values => ({ frictionKj: 40 * (25 + (day % 3)), brakedKm: 25, odometerKm: 66_000 + 30 * day });
const modelWear = { pctPerMj: 0.05, spread: 0.25, bySensor: 12, byRepair: 3, of: "model" } as const;
const padWear = { wear: { front: modelWear, rear: null }, changedAtKm: null };
const rolling = (day: number): Values => ({ gpsKm: 250, odoKm: 250 * (1 + 0.00015 * day), stretches: 9, odometerKm: 500 + 350 * day });
const heat = (day: number): Values => ({ motorRiseK: day < 100 ? 25 : 45, controllerRiseK: 18, coolantRiseK: day < 100 ? 9 : 22 });
const charger = (day: number): Values => ({ efficiencyStrongPct: day < 100 ? 91 : 85, inputKw: 7 });
const converter = (day: number): Values => ({ railMildV: day < 100 ? 14.1 : 13.1, drawnA: -2 });
const stops = (day: number): Values => ({
  acCharges: 1,
  acStopped: day % 4 === 0 ? 1 : 0,
  dcCharges: 0,
  dcStopped: 0,
  stops: 1,
  place: day % 8,
});
const port = (day: number): Values => ({ portKPer100A: day < 100 ? 6 : 15, portMaxC: 95, dcKw: day < 100 ? 80 : 40, place: day % 3 });

it.each<[string, Detector, VehicleView, readonly string[]]>([
  ["tyre", tyreDetector, viewOf({ tyre: tyres }), ["tyre-leak"]],
  ["weak 12 V", auxDetector, viewOf({ aux: weakening }), ["aux-battery"]],
  ["drained 12 V", auxDetector, viewOf({ aux: draining }), ["aux-battery-drain"]],
  ["12 V before winter", auxDetector, viewOf({ aux: aux(12.42, 0.25, 2) }), ["aux-battery-winter"]],
  ["pads", brakeDetector, viewOf({ brake: pads }), ["brake-pads"]],
  ["rust", brakeDetector, viewOf({ brake: regenerating }), ["brake-corrosion"]],
  ["drive", driveCoolingDetector, viewOf({ driveHeat: heat }), ["drive-cooling"]],
  ["port", chargePortDetector, viewOf({ chargePort: port }), ["charge-port-heat", "charge-derating"]],
  ["charger", chargerDetector, viewOf({ charger }), ["charger-efficiency"]],
  ["converter", converterDetector, viewOf({ converter }), ["dcdc-trend"]],
  ["stopped charges", stopsDetector, viewOf({ chargeStops: stops }), ["charge-interrupted"]],
  ["pads by energy", padEnergyDetector, { ...viewOf({ brake: unmeasured }), padWear }, ["brake-pads-energy"]],
  ["tread", treadDetector, viewOf({ rolling }), ["tyre-tread"]],
])("%s: says so in both languages, with every word filled in and the evidence complete", async (_, detector, view, sources) => {
  const { detectors } = await loadRules();
  const { detections } = detector.judge(view);
  expect(detections?.map(({ sourceId }) => sourceId)).toEqual(sources);
  for (const detection of detections ?? []) {
    const texts = detectors.find(({ id }) => id === detection.sourceId);
    for (const sentence of [texts?.sentence.en, texts?.sentence.zh]) {
      const said = fillSentence(sentence ?? "", detection.words);
      expect(said).not.toMatch(/[{}?]|null|undefined|NaN/);
      expect(said.length).toBeGreaterThan(15);
    }
  }
  const texts = new Map(detectors.map((shipped) => [shipped.id, shipped]));
  const { findings } = trackDetections(detector, view, detections ?? [], [], texts);
  expect(findings.map(evidenceGaps)).toEqual(sources.map(() => []));
  for (const { evidence } of findings) expect(Date.parse(evidence.to)).toBe(view.lastDataMs);
});

it.each([
  tyreDetector,
  auxDetector,
  brakeDetector,
  driveCoolingDetector,
  chargePortDetector,
  chargerDetector,
  converterDetector,
  stopsDetector,
  padEnergyDetector,
  treadDetector,
])("$id: a car without its signals is not judged, and the reason is said", (detector) => {
  const { detections, notEvaluated } = detector.judge(viewOf({}));
  expect(detections).toBeNull();
  expect(["missing_signal", "situation_not_seen"]).toContain(notEvaluated?.reason);
});

it("pressures in psi are reported as another unit, not as four flat tyres", () => {
  const psi = viewOf({
    tyre: (day) => Object.fromEntries(Object.entries(tyres(day)).map(([name, kpa]) => [name, name === "coldAmbientC" ? kpa : kpa / 6.895])),
  });
  expect(tyreDetector.judge(psi)).toMatchObject({ detections: null, notEvaluated: { reason: "implausible_unit" } });
});
