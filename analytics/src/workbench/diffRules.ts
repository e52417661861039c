import { parseDocument } from "yaml";

export interface RuleDifference {
  /** Path within the file, such as `parameters.limit_v.default`. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two rule files, by content: order, comments and layout do not count. */
export function diffRules(before: string, after: string): readonly RuleDifference[] {
  const [a, b] = [leaves(parseDocument(before).toJS()), leaves(parseDocument(after).toJS())];
  const fields = [...new Set([...a.keys(), ...b.keys()])];
  return fields.flatMap((field) =>
    a.get(field) === b.get(field) ? [] : [{ field, before: a.get(field) ?? null, after: b.get(field) ?? null }],
  );
}

function leaves(value: unknown, path = ""): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null) return new Map([[path, value]]);
  return new Map(Object.entries(value).flatMap(([key, part]) => [...leaves(part, path === "" ? key : `${path}.${key}`)]));
}
