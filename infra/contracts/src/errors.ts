/** Stable codes of infrastructure failures; a code never changes its meaning. */
export const ERROR_CODES = [
  "config_invalid",
  "home_locked",
  "log_unavailable",
  "log_corrupt",
  "store_unavailable",
  "store_rejected",
  "migration_conflict",
  "registry_unavailable",
  "delivery_failed",
  "input_unreadable",
  "not_found",
  "fenced",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Broken infrastructure or unusable input: carries a stable code and whether trying again can help. */
export class BellwetherError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "BellwetherError";
    this.code = code;
    this.retryable = options.retryable;
  }
}
