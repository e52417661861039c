/** What the reports of both editions are made of, as far as they are read straight into a row. */
import type { Edition } from "../frame.ts";
import { ITEMS_2016 } from "../items2016.ts";
import { ITEMS_2025 } from "../items2025.ts";
import { placesOf } from "./fieldPlaces.ts";
import {
  alarmReader,
  engineReader,
  extremesReader,
  type ItemReader,
  motorReader,
  positionReader,
  type ReadExtremes,
  vehicleReader,
} from "./items.ts";
import { type PackItem, packItem } from "./lists.ts";

/** What a report of one edition is made of, by type byte. */
export interface EditionItems {
  readonly plain: readonly (ItemReader | undefined)[];
  readonly cells: { readonly type: number; readonly item: PackItem };
  readonly probes: { readonly type: number; readonly item: PackItem };
  /** 2016 only; read last, because its numbers count from the places of cells and probes. */
  readonly extremes: { readonly type: number; readonly bytes: number; readonly read: ReadExtremes } | undefined;
}

export const ITEMS_OF: Readonly<Record<Edition, EditionItems>> = {
  2016: {
    plain: byType([
      [0x01, vehicleReader(placesOf(ITEMS_2016.get(0x01)))],
      [0x02, motorReader(placesOf(ITEMS_2016.get(0x02)))],
      [0x04, engineReader(placesOf(ITEMS_2016.get(0x04)))],
      [0x05, positionReader({ coordinatesAt: 1 })],
      [0x07, alarmReader(placesOf(ITEMS_2016.get(0x07)), { hasLevels: false })],
    ]),
    cells: { type: 0x08, item: packItem(ITEMS_2016.get(0x08), "cellVoltagesV", "subsystem") },
    probes: { type: 0x09, item: packItem(ITEMS_2016.get(0x09), "probeTempsC", "subsystem") },
    extremes: { type: 0x06, bytes: placesOf(ITEMS_2016.get(0x06)).bytes, read: extremesReader(placesOf(ITEMS_2016.get(0x06))) },
  },
  2025: {
    plain: byType([
      [0x01, vehicleReader(placesOf(ITEMS_2025.get(0x01)))],
      [0x02, motorReader(placesOf(ITEMS_2025.get(0x02)))],
      [0x04, engineReader(placesOf(ITEMS_2025.get(0x04)))],
      [0x05, positionReader({ coordinatesAt: 2 })],
      [0x06, alarmReader(placesOf(ITEMS_2025.get(0x06)), { hasLevels: true })],
    ]),
    cells: { type: 0x07, item: packItem(ITEMS_2025.get(0x07), "cellVoltagesV", "pack") },
    probes: { type: 0x08, item: packItem(ITEMS_2025.get(0x08), "probeTempsC", "pack") },
    extremes: undefined,
  },
};

/** An array, because a look-up is made for every item of every report. */
function byType(readers: readonly (readonly [type: number, read: ItemReader])[]): readonly (ItemReader | undefined)[] {
  const byTypeByte = new Map(readers);
  return Array.from({ length: 256 }, (_, type) => byTypeByte.get(type));
}
