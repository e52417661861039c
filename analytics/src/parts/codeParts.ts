import type { ColumnStore } from "@bellwether/clickhouse/store";
import { DTC_SYSTEMS } from "@bellwether/contracts/sample";
import { loadCodeTable, meaningOf } from "@bellwether/ingest/decode/dtc/codeTable";
import { z } from "zod";
import type { Catalogue } from "../catalogue.ts";
import type { Day } from "../engine/days.ts";

/** What a trouble code asks a store for. */
export interface CodePart {
  /** Part names where the code has advice of its own, else the one family of parts. */
  readonly parts: readonly string[];
  /** The same in Chinese; a family of parts is a component's id in both. */
  readonly partsZh: readonly string[];
  /** Share of the code's episodes that a repair of it followed; null: nobody has counted. */
  readonly share: number | null;
}

const setRow = z.object({ code: z.string(), component: z.string(), precision: z.number() });
const table = loadCodeTable();

/**
 * The parts behind a code (`system:code`): what was repaired most surely within 90 days of it, as far as repairs are on record by `week`,
 * else what the code table says it is about. Null where neither knows.
 */
export async function readCodeParts(store: ColumnStore, week: Day, catalogue: Catalogue): Promise<(family: string) => CodePart | null> {
  // FINAL: a week written twice; some hundreds of rows.
  const rows = await store.query(
    `SELECT codes[1] AS code, component, precision FROM code_sets FINAL
     WHERE week = (SELECT max(week) FROM code_sets WHERE week <= {week:Date}) AND length(codes) = 1 ORDER BY low90, code, component`,
    setRow,
    { params: { week } },
  );
  const learnt = new Map(rows.map(({ code, ...found }) => [code, found]));
  return (family) => {
    const found = learnt.get(family);
    if (found !== undefined) return { ...familyOf(found.component), share: found.precision };
    const [prefix = "", ...rest] = family.split(":");
    const system = DTC_SYSTEMS.find((name) => name === prefix);
    const meaning = system === undefined ? null : meaningOf(table, { system, code: rest.join(":") });
    if (meaning === null) return null;
    const named = partsOf(catalogue, meaning.texts ?? "");
    return { ...(named.parts.length > 0 ? named : familyOf(meaning.component)), share: null };
  };
}

/** The parts a source's advice to the dealer names; none where there is no such source. */
export function partsOf(catalogue: Catalogue, sourceId: string): Pick<CodePart, "parts" | "partsZh"> {
  const dealer = catalogue.findAdvice(sourceId)?.advice.dealer;
  return { parts: dealer?.en.parts ?? [], partsZh: dealer?.zh.parts ?? [] };
}

function familyOf(component: string): Pick<CodePart, "parts" | "partsZh"> {
  return { parts: [component], partsZh: [component] };
}
