import { expect, it } from "vitest";
import { fillSentence } from "./sentence.ts";

it("fills names with numbers a person reads, and shows what is missing", () => {
  expect(fillSentence("{value} V of {limit}, {what}, {none}", { value: 3.87654, limit: 412.3, what: "cell 7" })).toBe(
    "3.88 V of 412, cell 7, ?",
  );
});

it("leaves out what is said only where it is known", () => {
  const template = "The highest cell[[ (number {index})]] reached {value} V.";
  expect(fillSentence(template, { index: 17, value: 4.41 })).toBe("The highest cell (number 17) reached 4.41 V.");
  expect(fillSentence(template, { value: 4.41 })).toBe("The highest cell reached 4.41 V.");
});
