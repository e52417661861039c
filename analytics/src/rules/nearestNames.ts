const SHOWN_MAX = 3;

/** What somebody who wrote `word` may have meant, most alike first: names a few letters away, or that have it as a part. */
export function nearestNames(word: string, names: Iterable<string>): readonly string[] {
  const wanted = plain(word);
  const far = Math.max(2, Math.floor(wanted.length / 4));
  return [...names]
    .map((name) => ({ name, distance: distanceOf(wanted, plain(name)), isPart: wanted.length > 2 && plain(name).includes(wanted) }))
    .filter(({ distance, isPart }) => isPart || (distance <= far && distance < wanted.length))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, SHOWN_MAX)
    .map(({ name }) => name);
}

/** `socPct`, `SOC_PCT` and `soc_pct` are alike. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", "").slice(0, 60);
}

/** Letters to add, drop or change. Levenshtein 1966; O(a x b). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const changed = (row[j] ?? 0) + (letter === b[j] ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
