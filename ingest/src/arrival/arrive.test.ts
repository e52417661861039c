import { expect, it } from "vitest";
import { ingestConfigSchema } from "../config.ts";
import { arrive } from "../pipeline.ts";

it("parks a record whose content the log cannot hand out, under the log's reason", () => {
  const unreadable = { reason: "too_large", detail: "expected a batch of at most 64 MiB once inflated" } as const;
  const record = { topic: "frames", partition: 0, offset: 7, key: null, value: null, headers: {}, timestampMs: 0, unreadable };
  const outcome = arrive(record, ingestConfigSchema.parse({}));
  expect(outcome).toMatchObject({ offset: 7, samples: [], parked: { rejection: unreadable, rawBytes: 0 } });
});
