import type { Stage } from "../engine/engine.ts";
import { publishFindings, recordFirings } from "../publish.ts";

/**
 * Writes the step's findings to the table and to the topic, in event time: whoever folds them sees the same order whether
 * the rows came one by one or a month at once.
 */
export const publish: Stage = {
  name: "publish",
  async run(engine, step) {
    const findings = step.findings.toSorted((a, b) => a.atMs - b.atMs).map(({ finding }) => finding);
    await publishFindings(engine, findings, engine.state.step);
    await recordFirings(engine, step.firings, engine.state.step);
    step.counts.findings = step.findings.length;
  },
};
