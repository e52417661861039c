/** Brake pads over their whole life, day by day as the feature SQL hands them over: what the kilometres left at 5 mm were worth. */
import { PAD_PRIORS, type PadReading, padLife } from "@bellwether/analytics/detectors/brake/padLife";
import { createRandom, mix } from "@bellwether/simulator/random";

export interface PadLives {
  /** |said / true - 1| of the kilometres left, sorted. */
  readonly errors: readonly number[];
  /** Pads whose 80 % interval held the truth, and pads judged. */
  readonly covered: number;
  readonly judged: number;
  readonly pads: number;
}

/** 12 mm new, 3 mm the limit; 0.15 mm noise on a day's median; drivers and routes differ as in methods 3.2. */
const NOISE_PCT = (100 * 0.15) / 9;
const AT_5_MM_PCT = (100 * (12 - 5)) / 9;
const DRIVER_SPREAD = 0.35;
const ROUTE_SPREAD = 0.12;
const ROUTE_MEMORY = 0.7;
const ROUTE_KM = 5_000;
/** The history a nightly run keeps: the first days and the latest. */
const FIRST_DAYS = 30;
const KEPT_DAYS = 120;

/** `pads` front pads from new to the limit, each judged on the first day with 5 mm left. */
export function runPadLives({ seed, pads }: { readonly seed: number; readonly pads: number }): PadLives {
  const judged = Array.from({ length: pads }, (_, i) => judgeOne(mix(seed, i))).filter((one) => one !== null);
  return {
    errors: judged.map(({ error }) => error).sort((a, b) => a - b),
    covered: judged.filter(({ isCovered }) => isCovered).length,
    judged: judged.length,
    pads,
  };
}

function judgeOne(seed: number): { readonly error: number; readonly isCovered: boolean } | null {
  const random = createRandom(seed);
  const kmPerDay = 35 * Math.exp(random.normal(0, 0.5));
  const usual = (PAD_PRIORS.front.pctPer1000Km * Math.exp(random.normal(0, DRIVER_SPREAD))) / 1000;
  const readings: PadReading[] = [];
  let route = 0;
  let routeFromKm = 0;
  let km = random.between(0, 60_000);
  let worn = 0;
  let kmAt5Mm = 0;
  while (worn < 100) {
    const driven = random.chance(0.15) ? 0 : kmPerDay * Math.exp(random.normal(0, 0.6));
    km += driven;
    if (km - routeFromKm > ROUTE_KM) {
      route = ROUTE_MEMORY * route + random.normal(0, ROUTE_SPREAD);
      routeFromKm = km;
    }
    worn += usual * Math.exp(route) * driven;
    if (kmAt5Mm > 0) continue;
    readings.push({ odometerKm: km, wornPct: Math.round(Math.max(0, worn + random.normal(0, NOISE_PCT))) });
    if (worn >= AT_5_MM_PCT) kmAt5Mm = km;
  }
  const kept = readings.filter((_, i) => i < FIRST_DAYS || i >= readings.length - KEPT_DAYS);
  const life = padLife(kept, PAD_PRIORS.front);
  const kmLeft = km - kmAt5Mm;
  if (life.kind !== "wearing" || kmLeft <= 0) return null;
  return { error: Math.abs(life.kmLeft / kmLeft - 1), isCovered: life.kmLow80 <= kmLeft && kmLeft <= life.kmHigh80 };
}
