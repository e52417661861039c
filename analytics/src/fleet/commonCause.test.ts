import { expect, it } from "vitest";
import { commonCauseOf } from "./commonCause.ts";

it("sees one cause behind twenty findings of a day, in fleets of any size", () => {
  expect(commonCauseOf({ vehicles: 20, before: 0, groupSize: 25 })).not.toBeNull();
  expect(commonCauseOf({ vehicles: 20, before: 30, groupSize: 20_000 })).toMatchObject({ expected: 20_000 * (0.05 / 365.25) });
});

it("leaves findings alone that are few, or usual for the group", () => {
  expect(commonCauseOf({ vehicles: 9, before: 0, groupSize: 25 })).toBeNull();
  expect(commonCauseOf({ vehicles: 20, before: 400, groupSize: 20_000 })).toBeNull();
  expect(commonCauseOf({ vehicles: 20, before: 0, groupSize: 200_000 })).toBeNull();
});
