import { z } from "zod";

/** What a sender process is told on its command line. */
export const workerOptionsSchema = z.object({
  url: z.string(),
  name: z.string(),
  receiptsDir: z.string(),
  lostAnswers: z.number(),
  smtpPort: z.number(),
  batch: z.number(),
});
export type WorkerOptions = z.infer<typeof workerOptionsSchema>;

/** Time one delivery may take, and how long a sender that died keeps its rows. */
export const TIMEOUT_MS = 1000;
export const LEASE_MS = 3000;
