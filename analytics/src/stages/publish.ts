import type { Stage } from "../engine/engine.ts";
import { publishFindings } from "../publish.ts";

/** Writes the step's findings to the table and to the topic. */
export const publish: Stage = {
  name: "publish",
  async run(engine, step) {
    await publishFindings(engine, step.findings, engine.state.step);
    step.counts.findings = step.findings.length;
  },
};
