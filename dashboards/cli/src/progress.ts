import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  update(done: number, note?: string): void;
  stop(): void;
}

/** A bar on standard error; draws only on a terminal, so logs stay clean. */
export function createProgress(options: { silent: boolean; total: number; unit: string }): Progress {
  if (options.silent || !process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    { format: "{bar} {percentage} % | {eta_formatted} left | {note}", stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(options.total, 0, { note: options.unit });
  return {
    update: (done, note) => bar.update(done, { note: note ?? options.unit }),
    stop: () => bar.stop(),
  };
}
