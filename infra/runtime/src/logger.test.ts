import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";

function logged(fields: Record<string, unknown>): string {
  const lines: string[] = [];
  const logger = createLogger({ service: "alerts", destination: { write: (line) => void lines.push(line) } });
  logger.info(fields, "sent");
  return lines.join("");
}

test("writes one JSON line with service, level, time and message", () => {
  const line = JSON.parse(logged({ alertId: "a1" }));
  expect(line).toMatchObject({ service: "alerts", level: "info", msg: "sent", alertId: "a1" });
  expect(new Date(line.time).getTime()).not.toBeNaN();
});

test("secrets and personal data do not reach a line, at the top and two levels down", () => {
  const hidden = "hunter2";
  const line = logged({
    password: hidden,
    headers: { authorization: hidden, cookie: hidden },
    contact: { email: hidden, phone: hidden },
    config: { kafka: { sasl: hidden, token: hidden } },
  });
  expect(line).not.toContain(hidden);
  expect(line).toContain("[redacted]");
});
