/** The page that says why a rule fired or did not. */
export function explainAddress(ruleId: string, vin: string, atMs: number): string {
  return `/explain?${new URLSearchParams({ rule: ruleId, vin, at: new Date(atMs).toISOString() })}`;
}
