/** Normal quantile of a two-sided 90 % interval. */
const Z_90 = 1.6448536269514722;

/**
 * Wilson's interval (90 % unless another normal quantile `z` is given) of a share of `hits` in `trials`, which stays inside 0..1 and is honest for few trials, where the textbook
 * interval is not. Source: Wilson, JASA 22 (1927) 209; Brown, Cai & DasGupta, Statistical Science 16 (2001) 101. No trials: 0..1.
 * Example: 8 of 10 gives 0.541..0.931.
 */
export function wilsonInterval(hits: number, trials: number, z: number = Z_90): readonly [low: number, high: number] {
  if (trials <= 0) return [0, 1];
  const share = hits / trials;
  const squared = z * z;
  const centre = share + squared / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + squared / (4 * trials * trials));
  const scale = 1 + squared / trials;
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}
