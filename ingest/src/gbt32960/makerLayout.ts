/** Maker-defined items (types 80–FE) read by a layout: where each field lies and what it means. The layouts are data. */
import { Cursor, type Width } from "./bytes.ts";
import { type Draft, type NumberSignal, setNumber } from "./draft.ts";
import { type Quantity, quantity } from "./fields.ts";
import type { CustomItem } from "./report.ts";

/** One number of a maker's item; it becomes a signal of the catalogue or an extra under the maker's own name. */
export interface LayoutField {
  /** Offset in bytes from the start of the item's content, behind its length. */
  readonly at: number;
  readonly size: Width;
  /** Unit per raw step and value of raw 0. */
  readonly scale: number;
  readonly offset: number;
  /** Highest raw value that means something; above it are the sentinels of the standard unless the maker says otherwise. */
  readonly rawMax?: number | undefined;
  readonly target: { readonly signal: NumberSignal } | { readonly extra: string };
}

export interface ItemLayout {
  /** Length the content must have; another length is another layout, which we do not know. */
  readonly bytes: number;
  readonly fields: readonly LayoutField[];
}

export interface MakerLayout {
  readonly maker: string;
  /** Beginnings of the VINs it holds for: a world manufacturer identifier, or more. */
  readonly vinPrefixes: readonly string[];
  /** By the item's type byte. */
  readonly items: ReadonlyMap<number, ItemLayout>;
}

export interface MakerLayouts {
  /** The layout with the longest prefix of the VIN, or undefined. */
  readonly of: (vin: string) => MakerLayout | undefined;
}

/** Layouts by VIN; the longest prefix wins. */
export function createMakerLayouts(layouts: readonly MakerLayout[]): MakerLayouts {
  const prefixes = layouts
    .flatMap((layout) => layout.vinPrefixes.map((prefix) => ({ prefix, layout })))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return { of: (vin) => prefixes.find(({ prefix }) => vin.startsWith(prefix))?.layout };
}

/** Reads what the layout knows of an item into the draft; false when it knows nothing of this type, or of this length. */
export function applyLayout(draft: Draft, one: CustomItem, layout: MakerLayout | undefined): boolean {
  const itemLayout = layout?.items.get(one.type);
  if (itemLayout === undefined || itemLayout.bytes !== one.length) return false;
  const content = Buffer.from(one.data_hex, "hex");
  for (const field of itemLayout.fields) applyField(draft, field, readingOf(content, field));
  return true;
}

function applyField(draft: Draft, { target }: LayoutField, reading: Quantity): void {
  if ("signal" in target) setNumber(draft, target.signal, reading);
  else if (typeof reading === "number") draft.extra[target.extra] = reading;
}

/** Made once per field: a fleet's frames are read with the same few. */
const readers = new WeakMap<LayoutField, (content: Buffer) => Quantity>();

function readingOf(content: Buffer, field: LayoutField): Quantity {
  const known = readers.get(field);
  if (known !== undefined) return known(content);
  const reader = readerOf(field);
  readers.set(field, reader);
  return reader(content);
}

function readerOf({ at, size, scale, offset, rawMax }: LayoutField): (content: Buffer) => Quantity {
  const { perUnit, factor } = stepsOf(scale);
  const codec = quantity(size, { perUnit, offset: offset / factor, ...(rawMax === undefined ? {} : { rawMax }) });
  return (content) => {
    const reading = codec.read(new Cursor(content, at));
    return typeof reading === "number" ? reading * factor : reading;
  };
}

/** 0.1 is divided by 10, which is exact to the last digit; 4 and other scales without whole steps are multiplied. */
function stepsOf(scale: number): { readonly perUnit: number; readonly factor: number } {
  const perUnit = Math.round(1 / scale);
  return perUnit >= 1 && Math.abs(perUnit * scale - 1) < 1e-9 ? { perUnit, factor: 1 } : { perUnit: 1, factor: scale };
}
