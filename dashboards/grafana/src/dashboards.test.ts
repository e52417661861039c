import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildDashboard, DASHBOARDS, expandMacros } from "./dashboards.ts";

describe("dashboards as code", () => {
  it.each(DASHBOARDS.map((spec) => [spec.uid, spec] as const))("the committed JSON of %s is what the code builds", (uid, spec) => {
    const file = new URL(`../../../infra/deploy/grafana/dashboards/${uid}.json`, import.meta.url);
    expect(existsSync(file), "run `npm run dashboards` and commit the result").toBe(true);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(buildDashboard(spec))));
  });

  it("gives every panel a title, a description and a query against the provisioned data source", () => {
    for (const spec of DASHBOARDS) {
      const panels = buildDashboard(spec).panels ?? [];
      expect(panels).toHaveLength(spec.panels.length);
      for (const panel of panels)
        expect(panel).toMatchObject({
          title: expect.any(String),
          description: expect.any(String),
          datasource: { uid: "bellwether-clickhouse" },
        });
    }
  });

  it("uses each dashboard id once", () => {
    expect(new Set(DASHBOARDS.map((spec) => spec.uid)).size).toBe(DASHBOARDS.length);
  });

  it("expands the time filter around a function call", () => {
    expect(expandMacros("WHERE $__timeFilter(toDateTime(day))", { fromMs: 1, toMs: 2 })).toBe(
      "WHERE (toDateTime(day) >= fromUnixTimestamp64Milli(1, 'UTC') AND toDateTime(day) <= fromUnixTimestamp64Milli(2, 'UTC'))",
    );
  });
});
