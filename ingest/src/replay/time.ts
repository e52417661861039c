import { DateTime } from "luxon";
import type { RecordingMap } from "./map.ts";

/** Turns a time cell into ms since 1970 UTC, or undefined where it cannot be read. */
export type TimeReader = (text: string) => number | undefined;

/** The reader for a map's `time`; its last answer is kept, because rows of one second repeat it. */
export function createTimeReader({ format, zone }: RecordingMap["time"]): TimeReader {
  const read = readerFor(format, zone);
  let lastText: string | undefined;
  let lastMs: number | undefined;
  return (text) => {
    if (text !== lastText) {
      lastText = text;
      lastMs = read(text.trim());
    }
    return lastMs;
  };
}

function readerFor(format: string, zone: string): TimeReader {
  switch (format) {
    case "epoch_s":
      return (text) => epochMs(text, 1000);
    case "epoch_ms":
      return (text) => epochMs(text, 1);
    case "iso":
      return (text) => validMs(DateTime.fromISO(text, { zone }));
    default: {
      const parser = DateTime.buildFormatParser(format);
      if (/z/i.test(format)) return (text) => validMs(DateTime.fromFormatParser(text, parser, { zone }));
      const toUtc = createZoneShift(zone);
      return (text) => toUtc(validMs(DateTime.fromFormatParser(text, parser, { zone: "utc" })));
    }
  }
}

/** All time zones change their offset at a full quarter of an hour. */
const QUARTER_MS = 900_000;
const MINUTE_MS = 60_000;

/** Local wall time (as if it were UTC) to UTC. The zone is asked once per quarter of an hour: asking takes half of all parsing. */
function createZoneShift(zone: string): (wallMs: number | undefined) => number | undefined {
  let lastQuarter: number | undefined;
  let offsetMs = 0;
  return (wallMs) => {
    if (wallMs === undefined) return undefined;
    const quarter = Math.floor(wallMs / QUARTER_MS);
    if (quarter !== lastQuarter) {
      lastQuarter = quarter;
      const local = DateTime.fromMillis(quarter * QUARTER_MS, { zone: "utc" }).setZone(zone, { keepLocalTime: true });
      offsetMs = local.offset * MINUTE_MS;
    }
    return wallMs - offsetMs;
  };
}

function epochMs(text: string, unitMs: number): number | undefined {
  const ms = Math.round(Number(text) * unitMs);
  return text !== "" && Number.isSafeInteger(ms) ? ms : undefined;
}

function validMs(time: DateTime): number | undefined {
  return time.isValid ? time.toMillis() : undefined;
}
