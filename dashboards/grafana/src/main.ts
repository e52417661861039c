import { mkdirSync, writeFileSync } from "node:fs";
import { buildDashboard, DASHBOARDS } from "./dashboards.ts";

/** Writes every dashboard's JSON where Grafana's provisioning reads it: `npm run dashboards`. */
const folder = new URL("../../../infra/deploy/grafana/dashboards/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const spec of DASHBOARDS) {
  writeFileSync(new URL(`${spec.uid}.json`, folder), `${JSON.stringify(buildDashboard(spec), null, 2)}\n`);
  process.stdout.write(`wrote ${spec.uid}.json: ${spec.panels.length} panels\n`);
}
