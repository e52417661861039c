import { expect, it } from "vitest";
import { badStations, placeDegrees } from "./badStations.ts";
import type { ChargeFleet, PlaceRecord } from "./chargeCounts.ts";

const FLEET: ChargeFleet = {
  fleet: { acCharges: 2000, acStopped: 20, dcCharges: 2000, dcStopped: 20, vehicles: 100 },
  rho: 0.02,
  places: new Map(),
};

/** One place; per car how often it charged there and how often that stopped. */
function placeOf(place: number, cars: readonly (readonly [charges: number, stopped: number])[]): PlaceRecord {
  const of = ([dcCharges, dcStopped]: readonly [number, number], i: number) => ({
    vin: `V${i}`,
    acCharges: 0,
    acStopped: 0,
    dcCharges,
    dcStopped,
  });
  return { place, cars: cars.map(of) };
}

it("names a station where everybody's charges stop, with the share and the cars", () => {
  const hit = placeOf(
    7,
    [10, 8, 6, 9, 7].map((charges) => [charges, Math.round(charges / 3)] as const),
  );
  const sound = placeOf(
    8,
    [10, 8, 6, 9, 7].map((charges) => [charges, 0] as const),
  );
  const [station, ...more] = badStations([sound, hit], FLEET);
  expect(more).toEqual([]);
  expect(station).toMatchObject({ place: 7, vehicles: 5, charges: 40, stopped: 13, vins: ["V0", "V1", "V3", "V2", "V4"] });
  expect(station?.low80).toBeLessThan(13 / 40);
  expect(station?.high80).toBeGreaterThan(13 / 40);
});

it("does not take one faulty car, or two hit by chance, for the station's fault", () => {
  const oneFaulty = placeOf(1, [[30, 15] as const, ...Array.from({ length: 9 }, () => [5, 0] as const)]);
  const withTwoMore = placeOf(2, [
    [30, 15] as const,
    [20, 1] as const,
    [20, 1] as const,
    ...Array.from({ length: 9 }, () => [5, 0] as const),
  ]);
  expect(badStations([oneFaulty, withTwoMore], FLEET)).toEqual([]);
});

it("finds the place's position again, south and west as well", () => {
  const packed = (latitude: number, longitude: number) => Math.round(latitude * 1000) * 1e6 + Math.round(longitude * 1000);
  expect(placeDegrees(packed(31.23, 121.474))).toEqual([31.23, 121.474]);
  expect(placeDegrees(packed(-33.868, -70.65))).toEqual([-33.868, -70.65]);
  expect(placeDegrees(packed(0.001, -179.999))).toEqual([0.001, -179.999]);
});
