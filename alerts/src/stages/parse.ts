import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import type { RejectionReason } from "@bellwether/contracts/sample";
import type { LogRecord } from "@bellwether/runtime/log/records";

export interface Rejected {
  readonly kind: "rejected";
  readonly reason: RejectionReason;
  readonly detail: string;
}

type Parsed = { readonly kind: "finding"; readonly finding: Finding } | Rejected;

/** Bytes to a finding, or why they are none. */
export function parse({ value }: Pick<LogRecord, "value">): Parsed {
  if (value === null || value.length === 0) return rejected("empty", "expected a finding as JSON, got nothing");
  const json = parseJson(value.toString("utf8"));
  if (json === undefined) return rejected("malformed", `expected a finding as JSON, got ${value.length} bytes that are not JSON`);
  const result = findingSchema.safeParse(json);
  if (result.success) return { kind: "finding", finding: result.data };
  const [issue] = result.error.issues;
  return rejected("schema", `finding: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "does not fit the schema"}`);
}

function rejected(reason: RejectionReason, detail: string): Rejected {
  return { kind: "rejected", reason, detail };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
