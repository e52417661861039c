/** The functions a condition may call. Everything else is refused with its position. */

/** Plain ClickHouse functions over the values of one row; NULL in gives NULL out unless said otherwise. */
export const ROW_FUNCTIONS: ReadonlyMap<string, { readonly min: number; readonly max: number }> = new Map([
  ["abs", { min: 1, max: 1 }],
  ["round", { min: 1, max: 2 }],
  ["floor", { min: 1, max: 1 }],
  ["sqrt", { min: 1, max: 1 }],
  ["greatest", { min: 2, max: 8 }],
  ["least", { min: 2, max: 8 }],
  ["if", { min: 3, max: 3 }],
  ["coalesce", { min: 2, max: 8 }],
  ["nullIf", { min: 2, max: 2 }],
  ["isNull", { min: 1, max: 1 }],
  ["isNotNull", { min: 1, max: 1 }],
  ["length", { min: 1, max: 1 }],
  ["bitAnd", { min: 2, max: 2 }],
]);

/**
 * Functions over the vehicle's last minutes, the present row included: `rise(column, minutes)`.
 * `{column}` and `{window}` are filled in by the compiler.
 */
export const WINDOW_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ["rise", "{column} - min({column}) OVER {window}"],
  ["fall", "max({column}) OVER {window} - {column}"],
  ["highest", "max({column}) OVER {window}"],
  ["lowest", "min({column}) OVER {window}"],
]);

/** The longest window a condition may ask for, so that the look-back of a micro-batch stays bounded. */
export const WINDOW_MINUTES_MAX = 120;
