import { expect, it } from "vitest";
import { fillSentence } from "./sentence.ts";

it("fills names with numbers a person reads, and shows what is missing", () => {
  expect(fillSentence("{value} V of {limit}, {what}, {none}", { value: 3.87654, limit: 412.3, what: "cell 7" })).toBe(
    "3.88 V of 412, cell 7, ?",
  );
});
