import type { Stage } from "../engine/engine.ts";
import { saveState } from "../engine/state.ts";

/** Makes the step final. A crash before this repeats the whole step with the same results. */
export const save: Stage = {
  name: "save",
  async run({ store, state, urgent }, step) {
    if (step.ranges.length > 0 || step.changed.size > 0) await saveState(store, state, step.changed);
    urgent.forget(state);
  },
};
