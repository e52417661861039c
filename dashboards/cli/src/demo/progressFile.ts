import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

/** How far the demo's history has been played; a second start goes on from here. */
const demoStateSchema = z.object({
  seed: z.number().int(),
  vehicles: z.number().int(),
  days: z.number().int(),
  startMs: z.number(),
  /** First day of the history that has not been played completely. */
  nextDay: z.number().int(),
  /** Frames of today sent up to here, ms since 1970; 0 before the first live frame. */
  liveUntilMs: z.number().default(0),
  /** Cars a workshop has mended, and the first day they are healthy. */
  repairs: z.array(z.object({ vin: z.string(), day: z.number().int() })).default([]),
});
export type DemoState = z.infer<typeof demoStateSchema>;

export function readDemoState(file: string): DemoState | null {
  return existsSync(file) ? demoStateSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : null;
}

export function writeDemoState(file: string, state: DemoState): void {
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}
