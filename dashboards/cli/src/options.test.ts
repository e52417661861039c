import { count, flag } from "@bellwether/runtime/configFields";
import { Command } from "commander";
import { expect, it } from "vitest";
import { z } from "zod";
import { day, seed, vin } from "./optionFields.ts";
import { readOptions } from "./options.ts";

const schema = z.object({
  vehicles: count({ min: 1, max: 9 }),
  seed: seed(),
  vin: vin().optional(),
  startDay: day().optional(),
  once: flag().default(false),
});

function parsed(...args: string[]) {
  const command = new Command("test")
    .option("--vehicles <n>", "", "3")
    .option("--seed <n>", "", "20")
    .option("--vin <vin>")
    .option("--start-day <day>")
    .option("--once");
  return readOptions(command.parse(args, { from: "user" }), schema);
}

it("reads what was given as the schema's types", () => {
  expect(parsed()).toEqual({ vehicles: 3, seed: 20, once: false });
  expect(parsed("--vehicles", "9", "--vin", "lb-1", "--start-day", "2026-02-28", "--once")).toEqual({
    vehicles: 9,
    seed: 20,
    vin: "lb-1",
    startDay: "2026-02-28",
    once: true,
  });
});

it("lists every wrong option with what was expected and what came", () => {
  expect(() => parsed("--vehicles", "10", "--seed", "x", "--vin", "a b", "--start-day", "2026-02-30")).toThrow(
    expect.objectContaining({
      code: "config_invalid",
      message: [
        "the options have 4 problems:",
        '--vehicles: expected a whole number from 1 to 9, got "10"',
        '--seed: expected a whole number up to 9007199254740991, got "x"',
        '--vin: expected a VIN of 1 to 32 letters, digits, _ or -, got "a b"',
        '--start-day: expected a day such as 2026-06-01, got "2026-02-30"',
      ].join("\n  "),
    }),
  );
});
