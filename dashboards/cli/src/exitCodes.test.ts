import { BellwetherError, ERROR_CODES } from "@bellwether/contracts/errors";
import { expect, it } from "vitest";
import { EXIT, EXIT_CODE_HELP, exitCodeOf } from "./exitCodes.ts";

it("follows from the error's code", () => {
  const codes = Object.fromEntries(ERROR_CODES.map((code) => [code, exitCodeOf(new BellwetherError(code, "", { retryable: false }))]));
  expect(codes).toMatchObject({
    config_invalid: 2,
    input_unreadable: 3,
    not_found: 3,
    home_locked: 4,
    log_unavailable: 1,
    store_rejected: 1,
  });
});

it("is 1 for what nobody expected", () => {
  expect([new Error("x"), "x", undefined].map(exitCodeOf)).toEqual([1, 1, 1]);
});

it("has a line in the help for every code", () => {
  for (const code of Object.values(EXIT)) expect(EXIT_CODE_HELP).toMatch(new RegExp(`^ *${code} {2}\\S`, "m"));
});
