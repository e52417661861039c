import { createHash } from "node:crypto";

/**
 * The comparison group: a small random share of vehicles, per rule, whose owner and dealer are not told. Without it
 * nobody can say what telling changes. Danger is never held back. The draw follows from salt, rule and VIN, so anybody
 * can recompute it and nobody can choose it.
 */

export interface HoldoutOptions {
  /** Share of vehicles held back, 0 to 0.5; 0: no comparison. */
  readonly share: number;
  /** Names the experiment; another salt draws anew. */
  readonly salt: string;
}

export type Arm = "told" | "held";

export interface Draw {
  readonly arm: Arm;
  /** Uniform in [0, 1). */
  readonly draw: number;
}

export function drawArm(unit: { readonly vin: string; readonly ruleId: string }, { share, salt }: HoldoutOptions): Draw {
  const digest = createHash("sha256")
    .update(JSON.stringify([salt, unit.ruleId, unit.vin]))
    .digest();
  // 48 bits are exact in a double.
  const draw = digest.readUIntBE(0, 6) / 2 ** 48;
  return { arm: draw < share ? "held" : "told", draw };
}
