import type { Day } from "../engine/days.ts";
import type { Engine } from "../engine/engine.ts";
import { type BadStation, badStations, placeDegrees } from "../fleet/badStations.ts";
import { readPlaceRecords } from "../fleet/chargePlaces.ts";
import { fleetFindingId } from "../fleet/fleetFindingId.ts";

/** Rows of `fleet_findings` about charging places where everybody's charges stop: the operator's to mend, no car's. */
export async function stationRows({ store, chargePlaces, state, now }: Engine, day: Day): Promise<object[]> {
  const fleet = await chargePlaces.on(day, now());
  if (fleet === null) return [];
  const records = await readPlaceRecords(store, day);
  return badStations(records, fleet).map((station) => stationRow(station, day, state.step));
}

function stationRow({ place, vehicles, charges, stopped, expected, vins, ...station }: BadStation, day: Day, revision: number): object {
  const [latitude, longitude] = placeDegrees(place).map((degrees) => degrees.toFixed(3));
  const where = `${latitude}, ${longitude}`;
  const [share, low80, high80] = [stopped / charges, station.low80, station.high80].map((one) => Math.round(100 * one));
  const evidence = {
    ...{ value: share, low80, high80, unit: "% of charges that stopped", method: "bad-stations 1" },
    ...{ charges, stopped, days: 60, expected_stops: Number(expected.toFixed(1)), latitude, longitude },
    disprovedBy: "The station's own log shows these charges ended by the drivers, or cars of other makes charge there without stops.",
  };
  return {
    ...{ id: fleetFindingId("station", String(place), "charge-stops"), day, kind: "charging-station", source_id: "charge-stops" },
    ...{ group_kind: "place", group_name: where, vehicles: vins.length, group_size: vehicles, vins },
    // Cars, as `vehicles` and `group_size` are: so many would have met a stop with the fleet's usual share.
    ...{ expected: Number(((expected / charges) * vehicles).toFixed(2)), p_value: station.tail },
    evidence: JSON.stringify(evidence),
    sentence: `Charging place at ${where}: ${stopped} of ${charges} charges of ${vehicles} cars stopped in 60 days (${share} %, 80 % interval ${low80} to ${high80} %; ${expected.toFixed(1)} would be usual). It is the station, not the cars.`,
    sentence_zh: `充电地点（${where}）：60天内${vehicles}辆车的${charges}次充电中有${stopped}次中断（${share}%，80%区间${low80}%至${high80}%；正常约${expected.toFixed(1)}次）。问题在充电桩，而非车辆。`,
    revision,
  };
}
