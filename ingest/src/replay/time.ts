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
      return (text) => validMs(DateTime.fromFormatParser(text, parser, { zone }));
    }
  }
}

function epochMs(text: string, unitMs: number): number | undefined {
  const ms = Math.round(Number(text) * unitMs);
  return text !== "" && Number.isSafeInteger(ms) ? ms : undefined;
}

function validMs(time: DateTime): number | undefined {
  return time.isValid ? time.toMillis() : undefined;
}
