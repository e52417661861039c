import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadRules } from "./catalogue.ts";
import { DETECTORS } from "./detectors/detectors.ts";
import { parameterName } from "./detectors/settings.ts";

describe("loadRules", () => {
  it("loads the shipped rules, and every detector has its texts", async () => {
    const catalogue = await loadRules();
    expect(catalogue.rules.map((rule) => rule.id)).toContain("maker-alarm-level-3");
    for (const id of DETECTORS.flatMap((detector) => detector.sourceIds)) {
      expect(catalogue.findAdvice(id)?.advice.owner.zh.what).toBeTruthy();
    }
    expect(catalogue.findAdvice("unknown")).toBeNull();
  });

  it("lists as many operations and parts in Chinese as in English", async () => {
    const { rules, detectors } = await loadRules();
    for (const { id, advice } of [...rules, ...detectors]) {
      const lengths = [advice.dealer.en, advice.dealer.zh].map(({ operations, parts }) => [operations.length, parts.length]);
      expect(lengths[1], id).toEqual(lengths[0]);
    }
  });

  it("says everything in both languages: title, sentence, advice, why, what it catches and what else looks like it", async () => {
    const { rules, detectors } = await loadRules();
    const hanzi = /\p{Script=Han}/u;
    for (const source of [...rules, ...detectors]) {
      const { id, title, sentence, rationaleZh, catches, catchesZh, falsePositives, falsePositivesZh, disprovedByZh, advice } = source;
      const { what, why, urgency, effort } = advice.owner.zh;
      const chinese = [title.zh, sentence.zh, rationaleZh, disprovedByZh, what, why, urgency, effort, advice.dealer.zh.symptom];
      for (const text of [...chinese, ...(catchesZh ?? []), ...(falsePositivesZh ?? [])]) expect(text, id).toMatch(hanzi);
      expect([catchesZh?.length, falsePositivesZh?.length], id).toEqual([catches.length, falsePositives.length]);
      const english = [title.en, sentence.en, source.rationale, ...catches, ...falsePositives, source.disprovedBy];
      for (const text of english) expect(text, id).not.toMatch(hanzi);
    }
  });

  it("shows the same readings in both sentences, and no unit spelled in English in the Chinese one", async () => {
    const { rules, detectors } = await loadRules();
    for (const { id, sentence } of [...rules, ...detectors]) {
      const shown = (text: string) => new Set([...text.matchAll(/\{(\w+?)(?:En|Zh)?\}/g)].map(([, name]) => name));
      const [en, zh] = [shown(sentence.en), shown(sentence.zh)];
      // Chinese may count what English says in words of its own ({timesEn} and {episodes}).
      expect([...zh].filter((name) => !en.has(name)).length, id).toBeLessThanOrEqual(1);
      expect(sentence.zh.replaceAll(/\{\w+\}/g, ""), id).not.toMatch(/\b(?:days?|hours?|minutes?|times|percent|years?|weeks?|months?)\b/i);
    }
  });

  it("names file, line and path of every problem at once", async () => {
    const dir = await mkdtemp(join(tmpdir(), "bellwether-test-rules-"));
    await mkdir(join(dir, "detectors"));
    await writeFile(join(dir, "a.yaml"), "id: Bad Id\nversion: 1\ncolour: red\n");
    await writeFile(join(dir, "b.yaml"), "id: [\n");
    const failure = await loadRules(dir).catch((error: unknown) => String(error));
    await rm(dir, { recursive: true });
    expect(failure).toContain("a.yaml:1:5 id: expected lower-case letters");
    expect(failure).toContain("a.yaml:1:1 condition");
    expect(failure).toContain('Unrecognized key: "colour"');
    expect(failure).toContain("b.yaml:");
  });
});

describe("detector files", () => {
  it("stand for every detector of the registry, each with settings to read and to change", async () => {
    const { detectors } = await loadRules();
    for (const { id, sourceIds } of DETECTORS) {
      const own = detectors.filter((file) => sourceIds.includes(file.id));
      expect(own.map((file) => file.id).toSorted(), id).toEqual(sourceIds.toSorted());
      expect(own.flatMap(({ parameters }) => Object.keys(parameters)).length, id).toBeGreaterThan(0);
    }
  });

  it("say the defaults the code was measured with, each setting once", async () => {
    const { detectors } = await loadRules();
    for (const { sourceIds, settings = {} } of DETECTORS) {
      const own = detectors.filter(({ id }) => sourceIds.includes(id));
      const said = Object.fromEntries(own.flatMap(({ parameters }) => Object.entries(parameters).map(([name, p]) => [name, p.default])));
      expect(said).toEqual(Object.fromEntries(Object.entries(settings).map(([name, value]) => [parameterName(name), value])));
    }
  });
});
