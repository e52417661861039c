import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  update(done: number, note?: string): void;
  stop(): void;
}

const LINES_IN_ALL = 10;

/** On standard error: a bar on a terminal, elsewhere ten lines where they are wanted, nothing when silent. */
export function createProgress(options: { silent: boolean; lines: boolean; total: number; unit: string }): Progress {
  if (options.silent) return { update() {}, stop() {} };
  if (process.stderr.isTTY) return progressBar(options);
  return options.lines ? progressLines(options) : { update() {}, stop() {} };
}

function progressLines({ total, unit }: { total: number; unit: string }): Progress {
  let shown = 0;
  return {
    update(done, note) {
      const step = Math.floor((done / Math.max(1, total)) * LINES_IN_ALL);
      if (step <= shown) return;
      shown = step;
      process.stderr.write(`${step * (100 / LINES_IN_ALL)} % of ${unit}${note === undefined ? "" : `, ${note}`}\n`);
    },
    stop() {},
  };
}

function progressBar(options: { total: number; unit: string }): Progress {
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
