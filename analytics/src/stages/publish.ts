import type { Stage } from "../engine/engine.ts";
import { publishFindings, REVISIONS_PER_STEP, recordFirings } from "../publish.ts";

/**
 * Writes the step's findings to the table and to the topic, in event time: whoever folds them sees the same order whether
 * the rows came one by one or a month at once. What the urgent lane has told is not told again.
 */
export const publish: Stage = {
  name: "publish",
  async run(engine, step) {
    const dated = await engine.urgent.untold(step.findings.toSorted((a, b) => a.atMs - b.atMs));
    const findings = dated.map(({ finding }) => finding);
    await publishFindings(engine, findings, engine.state.step * REVISIONS_PER_STEP);
    await recordFirings(engine, step.firings, engine.state.step);
    step.counts.findings = step.findings.length;
  },
};
