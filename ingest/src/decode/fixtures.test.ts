import { FORMATS } from "@bellwether/contracts/sample";
import { describe, expect, it } from "vitest";
import { decodeFixture, type Fixture, fixtureFormats, fixturesOf } from "./testing/fixtureLines.ts";

function outcomeOf(fixture: Fixture) {
  const decoded = decodeFixture(fixture, fixture.payload);
  const samples = decoded.flatMap((one) => (one.kind === "samples" ? one.samples : []));
  if (samples.length > 0) return { samples };
  const [first] = decoded;
  if (first?.kind === "ignored") return { ignored: first.what };
  return first?.kind === "rejected" ? { rejected: first.rejection.reason } : { samples };
}

describe.each(fixtureFormats())("%s", (format) => {
  it.each(fixturesOf(format))("line $line", (fixture) => {
    const outcome = outcomeOf(fixture);
    expect(outcome).toMatchObject(fixture.expectation);
    for (const sample of outcome.samples ?? []) expect(sample.format).toBe(format);
  });
});

it("has lines for every format", () => {
  expect(fixtureFormats().sort()).toEqual([...FORMATS].sort());
});
