import { describe, expect, it } from "vitest";
import type { CodeLife } from "./codeLife.ts";
import type { LearntSet } from "./learntSets.ts";
import { burstOn, repairOutlook } from "./repairOutlook.ts";

const life = (key: string, episodeDay: string, episodes = 1): CodeLife => ({
  ...{ key, episodeDay, episodes, recentEpisodes: 1, firstDay: episodeDay, lastDay: episodeDay, days: [episodeDay] },
  ...{ state: "confirmed", isRecurring: false, isLampOn: false },
});
const set = (codes: readonly string[], followed: number, low90: number): LearntSet => ({
  ...{ codes, component: "drive", horizonDays: 30, occurrences: 10, followed, low90, high90: 0.99 },
});
const A = life("obd:A", "2026-03-10");
const B = life("obd:B", "2026-03-11");
const SETS = [set(["obd:A"], 3, 0.1), set(["obd:A", "obd:B"], 9, 0.6)];

describe("what standing codes foretell", () => {
  it("takes the surest set that the codes complete within a day of one another", () => {
    expect(repairOutlook([A], [A, B], SETS, "2026-03-12")).toEqual({ kind: "learnt", set: SETS[1], probability: 10 / 12 });
    expect(repairOutlook([A], [A], SETS, "2026-03-12")).toEqual({ kind: "learnt", set: SETS[0], probability: 4 / 12 });
    const late = life("obd:B", "2026-03-12");
    expect(repairOutlook([A], [A, late], SETS, "2026-03-12")).toMatchObject({ set: SETS[0] });
  });

  it("says when nothing is known, and when the window is over", () => {
    expect(repairOutlook([B], [A, B], [set(["obd:A"], 3, 0.1)], "2026-03-12")).toEqual({ kind: "not_enough_history" });
    expect(repairOutlook([A], [A], SETS, "2026-04-09")).toMatchObject({ kind: "learnt" });
    expect(repairOutlook([A], [A], SETS, "2026-04-10")).toEqual({ kind: "window_passed" });
  });
});

it("calls three codes of one day a burst, unless the car sets codes all the time", () => {
  const three = ["obd:A", "obd:B", "obd:C"].map((key) => life(key, "2026-03-10"));
  expect(burstOn(three, "2026-03-10", "2026-03-12")).toEqual({ codes: 3, isBurst: true });
  expect(burstOn(three.slice(1), "2026-03-10", "2026-03-12")).toEqual({ codes: 2, isBurst: false });
  const always = ["obd:A", "obd:B", "obd:C"].map((key) => life(key, "2026-03-10", 100));
  expect(burstOn(always, "2026-03-10", "2026-03-12")).toEqual({ codes: 3, isBurst: false });
});
