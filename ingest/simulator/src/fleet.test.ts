import { createHash } from "node:crypto";
import { decodeFrame } from "@bellwether/ingest/gbt32960/message";
import { describe, expect, it } from "vitest";
import { FAULT_KINDS } from "./faults/registry.ts";
import { createFleet, type Fleet, type FleetFrame } from "./fleet.ts";
import { vinCheckDigit } from "./makeVin.ts";

const START_MS = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const settings = { seed: 7, vehicles: 12, startMs: START_MS, days: 30 } as const;

function digest(frames: Iterable<FleetFrame>): string {
  const hash = createHash("sha256");
  for (const { vin, eventTimeMs, sentAtMs, frame } of frames) hash.update(`${vin} ${eventTimeMs} ${sentAtMs} `).update(frame);
  return hash.digest("hex");
}

function kindsOfFrames(fleet: Fleet, days: number): Map<string, number> {
  const counts = new Map<string, number>();
  const count = (kind: string) => counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (let day = 0; day < days; day++) {
    let before: FleetFrame | null = null;
    for (const sent of fleet.framesOfDay(day)) {
      const result = decodeFrame(sent.frame);
      count(result.kind);
      if (result.kind === "message") count(`command ${result.message.header.command}`);
      if (before?.frame.equals(sent.frame)) count("repeated");
      before = sent;
    }
  }
  return counts;
}

describe("a fleet", () => {
  it("sends the same bytes for the same seed and others for another", () => {
    const first = digest(createFleet(settings).framesOfDay(2));
    expect(digest(createFleet(settings).framesOfDay(2))).toBe(first);
    expect(digest(createFleet({ ...settings, seed: 8 }).framesOfDay(2))).not.toBe(first);
  });

  it("gives a day alone as it gives it in sequence, forwards and backwards", () => {
    const inSequence = createFleet(settings);
    const days = [0, 1, 2, 3, 4, 5, 6].map((day) => digest(inSequence.framesOfDay(day)));
    expect(digest(createFleet(settings).framesOfDay(6))).toBe(days[6]);
    expect([6, 5, 4, 3, 2, 1, 0].map((day) => digest(inSequence.framesOfDay(day)))).toEqual(days.toReversed());
  });

  it("is healthy in a car from the day a workshop has mended it", () => {
    const faulty = createFleet({ ...settings, faultShare: 1 });
    const mended = createFleet({ ...settings, faultShare: 1 });
    const healthy = createFleet({ ...settings, faultShare: 0 });
    const vin = faulty.truth.find(({ kind }) => kind === "capacity_fade")?.vin ?? "";
    const own = (fleet: Fleet, day: number) => digest([...fleet.framesOfDay(day)].filter((sent) => sent.vin === vin));
    expect(own(mended, 20)).toBe(own(faulty, 20));
    mended.repair(vin, 21);
    expect([own(mended, 20), own(mended, 21)]).toEqual([own(faulty, 20), expect.not.stringContaining(own(faulty, 21))]);
    mended.repair(vin, 0);
    expect(own(mended, 21)).toBe(own(healthy, 21));
  });

  it("does not let one car depend on how many others there are", () => {
    const small = createFleet({ ...settings, faultShare: 0 });
    const large = createFleet({ ...settings, vehicles: 20, faultShare: 0 });
    const vin = small.vehicles[3]?.vin;
    const own = (fleet: Fleet) => digest([...fleet.framesOfDay(1)].filter((sent) => sent.vin === vin));
    expect(own(large)).toBe(own(small));
  });

  it("sends in order of time, and live in windows that fit together", () => {
    const fleet = createFleet(settings);
    const sent = [...fleet.framesOfDay(3)].map((frame) => frame.sentAtMs);
    expect(sent).toEqual(sent.toSorted((a, b) => a - b));
    const [from, middle, to] = [START_MS + 3.9 * DAY_MS, START_MS + 4.04 * DAY_MS, START_MS + 4.1 * DAY_MS];
    const whole = [...fleet.liveFrames(from, to)];
    expect(whole.length).toBeGreaterThan(100);
    expect(digest([...fleet.liveFrames(from, middle), ...fleet.liveFrames(middle, to)])).toBe(digest(whole));
    expect(whole.every((frame) => frame.sentAtMs >= from && frame.sentAtMs < to)).toBe(true);
  });

  it("has distinct cars with valid VINs and packs of 88 to 108 cells in both editions and chemistries", () => {
    const { vehicles } = createFleet({ ...settings, vehicles: 120 });
    expect(new Set(vehicles.map((v) => v.vin)).size).toBe(120);
    expect(vehicles.every((v) => v.vin[8] === vinCheckDigit(v.vin))).toBe(true);
    expect(vehicles.every((v) => v.cells >= 88 && v.cells <= 108)).toBe(true);
    expect(new Set(vehicles.map((v) => v.edition))).toEqual(new Set([2016, 2025]));
    expect(new Set(vehicles.map((v) => v.chemistry))).toEqual(new Set(["NCM", "LFP"]));
  });

  it("plants every kind of fault in a fifth of two hundred cars, at most one in each, within the history", () => {
    const { truth } = createFleet({ ...settings, vehicles: 200, days: 60 });
    expect(truth).toHaveLength(40);
    expect(new Set(truth.map((fault) => fault.vin)).size).toBe(40);
    expect(new Set(truth.map((fault) => fault.kind))).toEqual(new Set(FAULT_KINDS.map((kind) => kind.kind)));
    expect(truth.every((fault) => fault.startMs >= START_MS && fault.startMs < START_MS + 60 * DAY_MS)).toBe(true);
  });

  it("sends 100 to 200 reports per car and day that the codec reads, but for a few with a wrong check byte, and sessions, reissues and repeats", () => {
    const counts = kindsOfFrames(createFleet({ ...settings, vehicles: 40 }), 3);
    expect(counts.get("rejected") ?? 0).toBe(0);
    const share = (counts.get("bad_checksum") ?? 0) / (counts.get("message") ?? 1);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.001);
    const perDay = (counts.get("command 2") ?? 0) / 40 / 3;
    expect(perDay).toBeGreaterThan(100);
    expect(perDay).toBeLessThan(200);
    for (const kind of ["command 1", "command 2", "command 3", "command 4", "command 7", "repeated"]) {
      expect(counts.get(kind) ?? 0, kind).toBeGreaterThan(0);
    }
  }, 30_000);
});
