import { columnOf, columnTypeOf, SIGNAL_NAMES, type SignalDefinition, type SignalName, signalDefinition } from "./signals.ts";

/** The signal catalogue as a Markdown page; docs/signals.md is this text and a test keeps it so. */
export function signalsPage(): string {
  const rows = SIGNAL_NAMES.map((name) => rowOf(name, signalDefinition(name)));
  return [
    "# Signals",
    "",
    "Generated from `infra/contracts/src/signals.ts` by `npm run docs`; do not edit.",
    "",
    "Units are canonical (V, A, °C, km, kΩ, kPa, %). Pack current is positive in discharge. A missing value is NULL.",
    "Values outside the plausible range are stored as NULL with a mark in `quality`. VSS paths are of release 6.0, without `Vehicle.`.",
    "",
    "| signal | column | type | unit | range | meaning | VSS 6.0 | GB/T 32960-2016 | GB/T 32960-2025 | EMQX | Tesla |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function rowOf(name: SignalName, definition: SignalDefinition): string {
  const { unit, range, sentence, vss, carriedBy, values } = definition;
  const limits = range ? `${range[0]} … ${range[1]}` : (values ?? []).join(", ");
  const type = columnTypeOf(name).replace(/Enum8\([^)]*\)/, "Enum8");
  const cells = [`\`${name}\``, `\`${columnOf(name)}\``, type, unit, limits, sentence, vss ?? "none", carriedBy.gbt2016, carriedBy.gbt2025];
  return `| ${[...cells, carriedBy.emqx, carriedBy.tesla].map((cell) => cell ?? "").join(" | ")} |`;
}
