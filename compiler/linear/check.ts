// What makes a linear map legal over sources of known sizes.
import type { LinearMap, LinearPart, Source } from './map.js';

/** Called with the path of what breaks a rule, as in 'parts[1].base[7]'. */
export type Refuse = (path: string, expected: string, got: string | number) => never;

/**
 * Lists fit each other, offsets are distinct, every index lies in its source, one part per source; calls `refuse` for the first
 * rule that is broken.
 * @param sizeOf elements of a source; null for one that the map must not read
 * @param isCoefficient what coefficients and bias must be
 */
export function checkMap(
  { size, bias, parts }: LinearMap,
  sizeOf: (from: Source) => number | null,
  isCoefficient: { readonly test: (w: number) => boolean; readonly name: string },
  refuse: Refuse,
): void {
  if (bias.length !== size) refuse('bias', `${size} numbers`, bias.length);
  if (!bias.every(isCoefficient.test)) refuse('bias', isCoefficient.name, 'others');
  const seen = new Set<Source>();
  parts.forEach(({ from, base, pattern, kernel, patterns, kernels }, p) => {
    const path = `parts[${p}]`;
    const source = sizeOf(from) ?? refuse(`${path}.from`, 'an earlier value that can be read', from);
    if (seen.has(from)) refuse(`${path}.from`, 'one part per source', from);
    seen.add(from);
    for (const [name, list] of Object.entries({ base, pattern, kernel }))
      if (list.length !== size) refuse(`${path}.${name}`, `${size} numbers, one per element`, list.length);
    kernels.forEach((weights, i) => {
      for (let k = 0; k < weights.length; k++)
        if (!isCoefficient.test(weights[k])) refuse(`${path}.kernels`, isCoefficient.name, `others in list ${i}`);
    });
    const reach = patterns.map((offsets, i) => reachOf(offsets) ?? refuse(`${path}.patterns`, 'distinct offsets', `a repeated one in list ${i}`)); // prettier-ignore
    checkElements({ size, base, pattern, kernel, patterns, kernels, reach }, source, (name, o, expected, got) =>
      refuse(`${path}.${name}[${o}]`, expected, got),
    );
  });
}

interface Span {
  readonly lo: number;
  readonly hi: number;
}

/** The least and the greatest of a list of offsets; null where one is repeated. */
function reachOf(offsets: Int32Array): Span | null {
  let lo = Infinity;
  let hi = -Infinity;
  let ascending = true;
  for (let k = 0; k < offsets.length; k++) {
    const offset = offsets[k];
    if (offset <= hi) ascending = false;
    lo = Math.min(lo, offset);
    hi = Math.max(hi, offset);
  }
  return ascending || new Set(offsets).size === offsets.length ? { lo, hi } : null;
}

/** The loop over all elements of a part, in a function of its own: it alone is worth compiling. @param size of the map */
function checkElements(
  {
    size,
    base,
    pattern,
    kernel,
    patterns,
    kernels,
    reach,
  }: Omit<LinearPart, 'from'> & { readonly size: number; readonly reach: readonly Span[] },
  source: number,
  refuse: (list: string, o: number, expected: string, got: string | number) => never,
): void {
  for (let o = 0; o < size; o++) {
    const q = pattern[o];
    const k = kernel[o];
    if (!(q >= 0 && q < patterns.length)) refuse('pattern', o, `a pattern below ${patterns.length}`, q);
    if (!(k >= 0 && k < kernels.length)) refuse('kernel', o, `a kernel below ${kernels.length}`, k);
    if (patterns[q].length !== kernels[k].length)
      refuse('kernel', o, `as many coefficients as offsets, ${patterns[q].length}`, kernels[k].length);
    const lo = base[o] + reach[q].lo;
    const hi = base[o] + reach[q].hi;
    if (lo < 0 || hi >= source) refuse('base', o, `positions in [0, ${source})`, `[${lo}, ${hi}]`);
  }
}
