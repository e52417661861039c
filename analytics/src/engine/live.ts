/** Reports this young are live: somebody may be in the car. */
export const LIVE_MS = 3_600_000;
