import { describe, expect, it } from "vitest";
import type { DayFeatures } from "../../features/family.ts";
import { NO_PEERS, type PeerGroup, type Peers } from "../../fleet/peers.ts";
import type { VehicleView } from "../detector.ts";
import { chargePortDetector } from "./chargePortDetector.ts";
import { driveCoolingDetector } from "./driveCoolingDetector.ts";
import { splitByPlace } from "./splitByPlace.ts";

const START = Date.parse("2026-03-01");
const dayName = (i: number): string => new Date(START + i * 86_400_000).toISOString().slice(0, 10);

function viewOf(family: string, values: readonly Readonly<Record<string, number>>[], peers: Peers = NO_PEERS): VehicleView {
  const days: DayFeatures[] = values.map((one, i) => ({ day: dayName(i), samples: 50, values: one }));
  const dayStartMs = START + (values.length - 1) * 86_400_000;
  return {
    vin: "HEAT1",
    day: days.at(-1)?.day ?? dayName(0),
    dayStartMs,
    dayEndMs: dayStartMs + 86_400_000,
    lastDataMs: dayStartMs + 3_600_000,
    series: { cellDays: [], sessions: [], daily: { [family]: days } },
    master: null,
    peerBaselineAh: null,
    ownBaselineAh: null,
    lastHealthDay: null,
    openSources: new Set(),
    health: null,
    fadeFleet: null,
    peers,
  };
}

function peersAt(median: number, mad: number): Peers {
  const group: PeerGroup = {
    kind: "model",
    name: "m",
    vehicles: 40,
    median,
    mad,
    quantiles: Array.from({ length: 21 }, (_, i) => median + (i - 10) * mad * 0.3),
  };
  return { of: () => group };
}

const days = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe("driveCoolingDetector", () => {
  const rises = (i: number, hot: number) => ({
    motorRiseK: 25 + (i % 3) + hot,
    controllerRiseK: 18 + (i % 2) + hot,
    coolantRiseK: 9 + (i % 2) + 0.6 * hot,
  });

  it("finds a drive hotter than its peers, and names the common cause", () => {
    const view = viewOf(
      "driveHeat",
      days(20, (i) => rises(i, i < 12 ? 0 : 14)),
      { of: (_, feature) => peersAt(feature === "motorRiseK" ? 26 : feature === "controllerRiseK" ? 18 : 9, 1).of("", "") },
    );
    const { detections } = driveCoolingDetector.judge(view);
    expect(detections).toHaveLength(1);
    expect(detections?.[0]?.evidence.readings).toMatchObject({ pattern: "pump, fan or coolant", peer_group: "model m" });
  });

  it("is not misled by other models, nor by a car that has always been a little warmer than its own", () => {
    const sound = days(30, (i) => rises(i, 0));
    const others: PeerGroup = { kind: "fleet", name: "", vehicles: 40, median: 5, mad: 1, quantiles: [] };
    expect(driveCoolingDetector.judge(viewOf("driveHeat", sound, { of: () => others })).detections).toEqual([]);
    const model = (feature: string) => peersAt(feature === "motorRiseK" ? 19 : feature === "controllerRiseK" ? 12 : 3, 1).of("", "");
    expect(driveCoolingDetector.judge(viewOf("driveHeat", sound, { of: (_, feature) => model(feature) })).detections).toEqual([]);
    const broken = days(30, (i) => rises(i, 30));
    expect(driveCoolingDetector.judge(viewOf("driveHeat", broken, { of: (_, feature) => model(feature) })).detections).toHaveLength(1);
  });

  it("takes the car itself as the measure without peers, and is silent for a sound one", () => {
    expect(
      driveCoolingDetector.judge(
        viewOf(
          "driveHeat",
          days(30, (i) => rises(i, i < 22 ? 0 : 14)),
        ),
      ).detections,
    ).toHaveLength(1);
    expect(
      driveCoolingDetector.judge(
        viewOf(
          "driveHeat",
          days(60, (i) => rises(i, 0)),
        ),
      ).detections,
    ).toEqual([]);
    expect(
      driveCoolingDetector.judge(
        viewOf(
          "driveHeat",
          days(5, (i) => rises(i, 0)),
        ),
      ).notEvaluated,
    ).toMatchObject({ reason: "too_few_peers" });
    expect(
      driveCoolingDetector.judge(
        viewOf(
          "other",
          days(5, () => ({ a: 1 })),
        ),
      ).notEvaluated,
    ).toMatchObject({ reason: "missing_signal" });
  });
});

describe("chargePortDetector", () => {
  it("finds contacts that heat more than at the car's beginning", () => {
    const view = viewOf(
      "chargePort",
      days(16, (i) => ({ portKPer100A: i < 8 ? 6 : 14, portMaxC: i < 8 ? 50 : 92, dcKw: 70, place: i % 3 })),
    );
    expect(chargePortDetector.judge(view).detections).toMatchObject([{ sourceId: "charge-port-heat", severity: "warning" }]);
    const among = { ...view, peers: peersAt(6, 1) };
    expect(chargePortDetector.judge(among).detections?.[0]?.evidence).toMatchObject({
      unit: "times usual",
      readings: { peer_group: "model m", peer_percentile: 97.6 },
    });
  });

  it("is not misled by a model of which many ports are worn: the car's own first charges say what is usual", () => {
    const charges = days(30, (i) => ({ portKPer100A: i < 20 ? 7 : 15, portMaxC: 60, dcKw: 80, place: i % 2 }));
    const { detections } = chargePortDetector.judge(
      viewOf("chargePort", charges, { of: (_, feature) => (feature === "dcKw" ? null : peersAt(10, 2).of("", "")) }),
    );
    expect(detections).toMatchObject([{ sourceId: "charge-port-heat", evidence: { readings: { usual_k_per_100_a: 7 } } }]);
  });

  it("compares power with the peers of the day, not with the car's own summer", () => {
    const charges = days(30, (i) => ({ dcKw: i < 20 ? 80 : 45, place: i % 2 }));
    expect(chargePortDetector.judge(viewOf("chargePort", charges, peersAt(48, 4))).detections).toEqual([]);
  });

  it("does not take the noise of a cool port for hot contacts", () => {
    const warming = (usual: number, now: number) =>
      viewOf(
        "chargePort",
        days(16, (i) => ({ portKPer100A: i < 8 ? usual : now, portMaxC: 40, dcKw: 70, place: i % 3 })),
      );
    expect(chargePortDetector.judge(warming(2.5, 6.5)).detections).toEqual([]);
    expect(chargePortDetector.judge(warming(2.5, 7.5)).detections).toMatchObject([{ sourceId: "charge-port-heat" }]);
  });

  it("tells a weak car from a weak station", () => {
    const weakEverywhere = days(16, (i) => ({ dcKw: i < 8 ? 80 : 40, place: i % 3 }));
    expect(chargePortDetector.judge(viewOf("chargePort", weakEverywhere)).detections).toMatchObject([{ sourceId: "charge-derating" }]);
    const weakStation = days(16, (i) => ({ dcKw: i >= 8 && i % 3 === 1 ? 40 : 80, place: i % 3 }));
    expect(chargePortDetector.judge(viewOf("chargePort", weakStation)).detections).toEqual([]);
    expect(
      chargePortDetector.judge(
        viewOf(
          "chargePort",
          days(3, () => ({ dcKw: 80, place: 1 })),
        ),
      ).notEvaluated,
    ).toMatchObject({ reason: "not_enough_history" });
  });
});

describe("splitByPlace", () => {
  it("cannot tell with one place, and says so", () => {
    const hot = days(4, () => ({ place: 1, ratio: 2 }));
    expect(splitByPlace(hot, (ratio) => ratio > 1.5, 3)).toMatchObject({ kind: "one_place", days: 4, ratio: 2 });
    expect(splitByPlace([...hot, { place: 2, ratio: 1 }], (ratio) => ratio > 1.5, 3)).toMatchObject({ kind: "station" });
    expect(splitByPlace([...hot, { place: 2, ratio: 2 }], (ratio) => ratio > 1.5, 3)).toMatchObject({ kind: "car" });
    expect(splitByPlace([], (ratio) => ratio > 1.5, 3)).toMatchObject({ kind: "usual" });
  });
});
