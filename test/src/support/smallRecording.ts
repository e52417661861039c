import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const STEP_MS = 30_000;
const START_MS = Date.UTC(2026, 4, 4);
/** From this row on for ten rows the car reports the maker's alarm level 2: one finding, one alert, one lead. */
const ALARM_FROM = 100;
const ALARM_ROWS = 10;

const MAP = `format: csv
time: { column: at, format: iso }
columns:
  speed: speedKmh
  volts: { signal: packVoltageV, sentinels: [0] }
  soc: socPct
  alarm: alarmLevel
`;

export interface SmallRecording {
  readonly csv: string;
  /** The same, packed, and cut off in the middle. */
  readonly cut: string;
  readonly map: string;
  /** Names two columns the recording lacks. */
  readonly mapOfOther: string;
  /** Wrong in five ways. */
  readonly badMap: string;
}

/** Writes a recording of `rows` good rows, one with an unreadable time and one of 1970, and maps for it. */
export function writeSmallRecording(dir: string, rows: number): SmallRecording {
  const lines = Array.from({ length: rows }, (_, i) => {
    const alarm = i >= ALARM_FROM && i < ALARM_FROM + ALARM_ROWS ? 2 : 0;
    return `${new Date(START_MS + i * STEP_MS).toISOString()},${i % 90},${350 + (i % 7)},${80 - (i % 50)},${alarm}`;
  });
  lines.splice(50, 0, "yesterday,1,350,80,0", "1970-01-01T00:00:00Z,1,350,80,0");
  const text = `${["at,speed,volts,soc,alarm", ...lines].join("\n")}\n`;
  const packed = gzipSync(text);
  const write = (name: string, content: string | Buffer) => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  return {
    csv: write("small.csv", text),
    cut: write("cut.csv.gz", packed.subarray(0, Math.floor(packed.length / 2))),
    map: write("map.yaml", MAP),
    mapOfOther: write("other.yaml", MAP.replace("speed:", "velocity:").replace("soc:", "charge:")),
    badMap: write(
      "bad.yaml",
      "format: csv\ntime: { column: at, format: iso, zone: Mars/Base }\ncolums: {}\ncolumns: { a: notASignal, b: { signal: speedKmh, unit: furlong } }\nlists: [{ signal: cellVoltagesV, pattern: V }]\n",
    ),
  };
}
