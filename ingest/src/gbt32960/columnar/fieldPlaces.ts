/** Where the fields of an item lie, read off the tables that also decode and encode it (items2016.ts, items2025.ts). */
import type { Codec, Form } from "../fields.ts";

type FixedForm = Exclude<Form, { kind: "struct" }>;
export type QuantityForm = Extract<Form, { kind: "quantity" }>;

/** The fields of fixed width at the start of a struct, and the list behind them where there is one. */
export interface Places {
  readonly byKey: ReadonlyMap<string, { readonly at: number; readonly form: FixedForm }>;
  /** Bytes before the list's count, or of the whole struct. */
  readonly bytes: number;
  readonly list?: { readonly countSize: number; readonly entry: Form };
}

/** The places of an item's fields; throws where the table has no item of that type. */
export function placesOf(item: Codec<unknown> | undefined): Places {
  if (item?.form === undefined) throw new TypeError("expected an item of the standard");
  return placesIn(item.form);
}

/** The places inside an entry of a struct's list. */
export function placesOfEntry({ list }: Places): Places {
  if (list === undefined) throw new TypeError("expected an item with a list");
  return placesIn(list.entry);
}

/** What a struct's list of numbers is made of. */
export function quantityOfEntry({ list }: Places): QuantityForm {
  if (list?.entry.kind !== "quantity") throw new TypeError("expected a list of numbers");
  return list.entry;
}

function placesIn(form: Form): Places {
  if (form.kind !== "struct") throw new TypeError("expected a struct");
  const byKey = new Map<string, { at: number; form: FixedForm }>();
  let bytes = 0;
  for (const { field, counted } of form.rows) {
    if (counted !== undefined) return { byKey, bytes, list: { countSize: counted.size, entry: counted.entry } };
    if (field === undefined || field.form.kind === "struct") continue;
    byKey.set(field.key, { at: bytes, form: field.form });
    bytes += field.form.size;
  }
  return { byKey, bytes };
}
