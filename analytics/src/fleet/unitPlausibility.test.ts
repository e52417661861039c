import { expect, it } from "vitest";
import { implausibleUnit, UNIT_SPECS } from "./unitPlausibility.ts";

it.each([
  ["tyreMedianKpa", 240, undefined],
  ["tyreMedianKpa", 35, "psi"],
  ["tyreMedianKpa", 2.4, "bar"],
  ["odometerBySpeed", 1.01, undefined],
  ["odometerBySpeed", 0.62, "odometer in miles"],
  ["odometerBySpeed", 1.6, "speed in miles per hour"],
  ["packTempMedianC", 77, "°F"],
  ["packTempMedianC", 298, "K"],
  ["packTempMedianC", 25, undefined],
  ["parkedCurrentA", -1999.6, "offset of the 2025 edition in a 2016 frame"],
  ["auxMedianV", 12_600, "mV"],
  ["cellMedianV", 7.4, "two cells per reading"],
  ["cellMedianV", 0.003, null],
] as const)("reads %s of %f", (feature, median, name) => {
  const spec = UNIT_SPECS.find((one) => one.feature === feature);
  const found = spec === undefined ? null : implausibleUnit(spec, median);
  expect(found === null ? undefined : (found.candidate?.name ?? null)).toBe(name);
});
