/** Cell voltages and probe temperatures as report items. */
import type { SignalValues } from "@bellwether/contracts/signals";
import { sent } from "./encodeItems.ts";
import type { Edition } from "./frame.ts";
import type { ReportItem } from "./report.ts";

const CELLS_PER_FRAME = 200;

/** The voltage item; in the 2016 edition one per 200 cells, which must go into frames of their own. Empty without cells. */
export function cellItems(edition: Edition, values: Readonly<SignalValues>): ReportItem[] {
  const cells = values.cellVoltagesV;
  if (cells === undefined || cells.length === 0) return [];
  if (edition === 2025) return [unitItem(cells, values)];
  const items: ReportItem[] = [];
  for (let first = 0; first < cells.length; first += CELLS_PER_FRAME) items.push(splitItem(cells, first, values));
  return items;
}

function splitItem(cells: readonly (number | null)[], first: number, values: Readonly<SignalValues>): ReportItem {
  const inFrame = cells.slice(first, first + CELLS_PER_FRAME).map(sent);
  return {
    type: 0x08,
    name: "ess_voltage",
    subsystem_count: 1,
    subsystems: [
      {
        subsystem: 1,
        voltage_v: sent(values.packVoltageV),
        current_a: sent(values.packCurrentA),
        cell_total: cells.length,
        frame_start_cell: first + 1,
        frame_cell_count: inFrame.length,
        cell_voltages_v: inFrame,
      },
    ],
  };
}

function unitItem(cells: readonly (number | null)[], values: Readonly<SignalValues>): ReportItem {
  return {
    type: 0x07,
    name: "min_parallel_unit_voltage",
    pack_count: 1,
    packs: [
      {
        pack: 1,
        voltage_v: sent(values.packVoltageV),
        current_a: sent(values.packCurrentA),
        unit_total: cells.length,
        unit_voltages_v: cells.map(sent),
      },
    ],
  };
}

export function temperatureItem(edition: Edition, values: Readonly<SignalValues>): ReportItem | null {
  const probes = values.probeTempsC;
  if (probes === undefined || probes.length === 0) return null;
  const body = { probe_count: probes.length, probe_temps_c: probes.map(sent) };
  if (edition === 2016) return { type: 0x09, name: "ess_temperature", subsystem_count: 1, subsystems: [{ subsystem: 1, ...body }] };
  return { type: 0x08, name: "battery_temperature", pack_count: 1, packs: [{ pack: 1, ...body }] };
}
