/**
 * A function that remembers its last result per object. What days share from one evening to the next (profiles, views)
 * is computed once this way; it changes no result, because the objects are immutable and `others` must be the very same.
 * Entries go when their object goes.
 */
export function remember<K extends object, O, V>(make: (key: K, ...others: readonly O[]) => V): (key: K, ...others: readonly O[]) => V {
  const known = new WeakMap<K, { readonly others: readonly O[]; readonly made: V }>();
  return (key, ...others) => {
    const entry = known.get(key);
    if (entry !== undefined && entry.others.length === others.length && entry.others.every((other, i) => other === others[i]))
      return entry.made;
    const made = make(key, ...others);
    known.set(key, { others, made });
    return made;
  };
}
