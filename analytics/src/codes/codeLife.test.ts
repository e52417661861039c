import { describe, expect, it } from "vitest";
import { CODE_BITS } from "./codeBits.ts";
import { codeLives } from "./codeLife.ts";

const { reported, confirmed, pendingOnly, activeAtEnd, goneAtEnd } = CODE_BITS;
const days = (bitsByDay: Readonly<Record<number, number>>) =>
  Object.entries(bitsByDay).map(([day, bits]) => ({ day: `2026-03-${day.padStart(2, "0")}`, samples: 1, values: { "obd:P0A80": bits } }));
const lifeAt = (bitsByDay: Readonly<Record<number, number>>, today: number) =>
  codeLives(days(bitsByDay), `2026-03-${String(today).padStart(2, "0")}`)[0];

describe("the life of a trouble code", () => {
  it("is pending once, and confirmed by the car or by a second drive", () => {
    expect(lifeAt({ 1: reported + pendingOnly }, 1)?.state).toBe("pending");
    expect(lifeAt({ 1: reported }, 1)?.state).toBe("pending");
    expect(lifeAt({ 1: reported + confirmed }, 1)?.state).toBe("confirmed");
    expect(lifeAt({ 1: reported + pendingOnly, 4: reported + pendingOnly }, 4)?.state).toBe("confirmed");
  });

  it("is active while the car says so, and healed when it says that it has gone or is silent for two weeks", () => {
    expect(lifeAt({ 1: reported + confirmed + activeAtEnd }, 2)?.state).toBe("active");
    expect(lifeAt({ 1: reported + confirmed + activeAtEnd, 2: reported + confirmed + goneAtEnd }, 2)?.state).toBe("healed");
    expect(lifeAt({ 1: reported + confirmed }, 14)?.state).toBe("confirmed");
    expect(lifeAt({ 1: reported + confirmed }, 15)?.state).toBe("healed");
  });

  it("counts neighbouring days as one episode and three episodes within a month as recurring", () => {
    const bits = reported + confirmed;
    expect(lifeAt({ 1: bits, 2: bits, 3: bits }, 3)).toMatchObject({ episodes: 1, isRecurring: false, episodeDay: "2026-03-01" });
    expect(lifeAt({ 1: bits, 5: bits, 9: bits }, 9)).toMatchObject({ episodes: 3, isRecurring: true, episodeDay: "2026-03-09" });
    // Gone and back the next day is a second episode; a day that only says 'gone' is none.
    expect(lifeAt({ 1: bits + goneAtEnd, 2: bits }, 2)?.episodes).toBe(2);
    expect(lifeAt({ 1: bits, 5: reported + goneAtEnd }, 5)).toMatchObject({ episodes: 1, state: "healed" });
  });

  it("keeps codes apart and sorted", () => {
    const mixed = [{ day: "2026-03-01", samples: 2, values: { "uds:P0A80": 1, "obd:P0A80": 1 } }];
    expect(codeLives(mixed, "2026-03-01").map((life) => life.key)).toEqual(["obd:P0A80", "uds:P0A80"]);
  });
});
