/** Releases of the COVESA vehicle signal specification that differ in a unit we read. */
export const VSS_RELEASES = ["5.1", "6.0"] as const;
export type VssRelease = (typeof VSS_RELEASES)[number];
