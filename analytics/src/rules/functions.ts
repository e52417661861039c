/** The functions a condition may call. Everything else is refused with its position. */

/**
 * Plain ClickHouse functions over the values of one row; NULL in gives NULL out. `greatest` and `least` are of those that are known (the
 * engine's way since 24.12), unknown where none is: one wheel's missing sensor does not hide another's loss.
 */
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
  // Per minute, since the earliest row of the window that has the column.
  ["rate", "({column} - argMin({column}, at_s) OVER {window}) / nullIf((at_s - minIf(at_s, isNotNull({column})) OVER {window}) / 60, 0)"],
]);

/** The longest window a condition may ask for, so that the look-back of a micro-batch stays bounded. */
export const WINDOW_MINUTES_MAX = 120;
/** Reports have times of a second here. */
export const WINDOW_MINUTES_MIN = 1 / 60;

const IS_CHARGING = "charge_state IN ('parked_charging', 'driving_charging')";
/** The value and its time must be of the same report: one that charges and has the column. */
const AT_CHARGE = `argMaxIf({column}, at_s, ${IS_CHARGING}) OVER {window}`;
const TIME_AT_CHARGE = `maxIf(at_s, ${IS_CHARGING} AND isNotNull({column})) OVER {window}`;

/** Functions against the last report of the last charge that has the column; NULL without a charge in `SINCE_CHARGE_MINUTES`. */
export const SINCE_CHARGE_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ["rise", `{column} - ${AT_CHARGE}`],
  ["fall", `${AT_CHARGE} - {column}`],
  ["rate", `({column} - ${AT_CHARGE}) / nullIf((at_s - ${TIME_AT_CHARGE}) / 60, 0)`],
]);

/** How long ago the last charge may be: the look-back of a micro-batch for rules that ask. */
export const SINCE_CHARGE_MINUTES = 24 * 60;
