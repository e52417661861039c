import { describe, expect, it } from "vitest";
import type { ChargeFleet } from "../../fleet/chargeCounts.ts";
import { type ChargeDay, judgeStops } from "./judgeStops.ts";

const LIMIT = 0.001;
const counts = (charges: number, stopped: number) => ({ acCharges: 0, acStopped: 0, dcCharges: charges, dcStopped: stopped });
const day = (place: number | null, stopped: number): ChargeDay => ({ place, ...counts(1, stopped) });
const days = (count: number, make: (i: number) => ChargeDay): ChargeDay[] => Array.from({ length: count }, (_, i) => make(i));

/** Places 1 to 4 are sound; at place 9 every third charge stops. */
const FLEET: ChargeFleet = {
  fleet: { vehicles: 100, ...counts(4000, 60) },
  rho: 0.02,
  places: new Map([
    ...[1, 2, 3, 4].map((place): [number, ChargeFleet["fleet"]] => [place, { vehicles: 20, ...counts(200, 3) }]),
    [9, { vehicles: 20, ...counts(120, 40) }],
  ]),
};

describe("judgeStops", () => {
  it("is the car's fault when charges stop at several places where others charge well", () => {
    const verdict = judgeStops(
      days(20, (i) => day(1 + (i % 4), i % 3 === 0 ? 1 : 0)),
      FLEET,
      LIMIT,
    );
    expect(verdict).toMatchObject({ kind: "car", stopped: 7, charges: 20 });
    expect(verdict.expected).toBeLessThan(1);
  });

  it("is the station's where everybody's charges stop, and that is not held against the car", () => {
    expect(
      judgeStops(
        days(20, (i) => day(9, i % 3 === 0 ? 1 : 0)),
        FLEET,
        LIMIT,
      ).kind,
    ).toBe("station");
  });

  it("is a station's when only one place of several makes trouble and nobody else charges there", () => {
    expect(judgeStops([...days(12, () => day(77, 1)), ...days(8, () => day(1, 0))], FLEET, LIMIT).kind).toBe("station");
  });

  it("is the car's at one place where others charge well, and unknown at one where nobody else does", () => {
    expect(
      judgeStops(
        days(12, (i) => day(1, i % 2)),
        FLEET,
        LIMIT,
      ).kind,
    ).toBe("car");
    expect(
      judgeStops(
        days(12, (i) => day(77, i % 2)),
        FLEET,
        LIMIT,
      ).kind,
    ).toBe("unknown");
    expect(
      judgeStops(
        days(12, (i) => day(null, i % 2)),
        null,
        LIMIT,
      ),
    ).toMatchObject({ kind: "unknown", isFleetKnown: false });
  });

  it("says nothing of a stop or two, nor without charges", () => {
    expect(
      judgeStops(
        days(20, (i) => day(1, i < 2 ? 1 : 0)),
        FLEET,
        LIMIT,
      ).kind,
    ).toBe("usual");
    expect(judgeStops([], FLEET, LIMIT)).toMatchObject({ kind: "usual", charges: 0, tail: 1 });
  });
});
