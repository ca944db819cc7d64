// "Did you mean": the nearest of a few known names.

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2] + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}

/** The name that `wrong` most likely stands for; undefined when none is near (a third of its letters, at least two, may be wrong). */
export function nearest(wrong: string, names: readonly string[]): string | undefined {
  const lower = wrong.toLowerCase();
  const limit = Math.max(2, Math.floor(wrong.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const name of names) {
    const candidate = name.toLowerCase();
    const prefix = lower.length >= 3 && candidate.startsWith(lower);
    const distance = prefix ? 1 : editDistance(lower, candidate);
    if (distance < bestDistance && distance < Math.max(lower.length, 1)) [best, bestDistance] = [name, distance];
  }
  return best;
}

/**
 * A hint `did you mean '…'?`, or the list of what is known.
 * @example
 * ```ts
 * didYouMean('ouput', ['input', 'output'], 'names'); // → "did you mean 'output'?"
 * ```
 */
export function didYouMean(wrong: string, names: readonly string[], what: string): string {
  const name = nearest(wrong, names);
  return name === undefined ? `${what}: ${names.join(', ')}` : `did you mean '${name}'?`;
}
