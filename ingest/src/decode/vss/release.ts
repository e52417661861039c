/** Releases of the COVESA vehicle signal specification that differ in a unit we read. */
export const VSS_RELEASES = ["5.1", "6.0"] as const;
export type VssRelease = (typeof VSS_RELEASES)[number];

const RELEASE = /^v?(\d{1,3})([.]\d|$)/;
const FIRST_MAJOR_IN_METRES = 6;

/** The release whose units hold for a declared one ("v6.0", "5.1", 6); undefined where nothing usable is declared. */
export function releaseOf(declared: unknown): VssRelease | undefined {
  const match = typeof declared === "string" || typeof declared === "number" ? RELEASE.exec(String(declared)) : null;
  if (match === null) return undefined;
  return Number(match[1]) >= FIRST_MAJOR_IN_METRES ? "6.0" : "5.1";
}
