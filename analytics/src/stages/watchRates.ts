import { writeCodeSets } from "../codes/codeSets.ts";
import { addDays, type Day } from "../engine/days.ts";
import type { Stage } from "../engine/engine.ts";
import { writeFleetRates } from "../parts/fleetRates.ts";
import { writePartLives } from "../parts/partLives.ts";

/** Once a week is complete: how often codes and findings begin beside how often they used to, which codes precede repairs, and how long parts last. */
export const watchRates: Stage = {
  name: "watchRates",
  async run(engine, step) {
    const newest = step.closing
      .map(({ day }) => day)
      .sort()
      .at(-1);
    if (newest === undefined) return;
    const complete = addDays(mondayOf(newest), -7);
    if (complete <= engine.state.ratesWeek) return;
    const { analyticsDayOffsetMinutes: offsetMinutes, analyticsPartsLeadWeeks: leadWeeks } = engine.config;
    const { store, catalogue } = engine;
    await writeFleetRates({ store, catalogue, offsetMinutes, leadWeeks, nowMs: engine.now() }, complete);
    await writeCodeSets(store, complete, engine.now());
    await writePartLives({ store, leadWeeks, nowMs: engine.now() }, complete);
    engine.state = { ...engine.state, ratesWeek: complete };
  },
};

function mondayOf(day: Day): Day {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}
