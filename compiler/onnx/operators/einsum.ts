// Einsum: with one operand that depends on the input every element is a row of products of the constants, with two a sum of products,
// with more one pair after the other.
import { mapBuilder } from '../../linear/builder.js';
import { stridesOf } from '../../tensor.js';
import { lattice } from '../indexing.js';
import { contracted } from '../sums.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';

/** https://onnx.ai/onnx/operators/onnx__Einsum.html : sums of products along the axes that share a letter. */
const Einsum: Lowering = (site) => {
  const xs = site.inputs();
  const { terms, result } = parsed(site, xs);
  const dims = dimsOf(site, xs, terms);
  for (const label of result) if (!dims.has(label)) site.refuse(`expected letters of the operands, got '${label}'`);
  if (xs.length <= 2 || xs.filter((x) => x.constant === null).length <= 1) return summed(site, xs, terms, result, dims);
  let [left, own] = [xs[0], terms[0]];
  for (let i = 1; i < xs.length; i++) {
    const later = new Set([...terms.slice(i + 1).flat(), ...result]);
    const kept = i === xs.length - 1 ? result : [...new Set([...own, ...terms[i]])].filter((label) => later.has(label));
    left = summed(site, [left, xs[i]], [own, terms[i]], kept, dims);
    own = kept;
  }
  return left;
};

/** Sums of products of operands, of which one or a pair is live, over the letters that the result does not have. */
function summed(
  site: Site,
  xs: readonly Operand[],
  terms: Equation['terms'],
  result: Equation['result'],
  all: ReadonlyMap<string, number>,
): Operand {
  const dims = new Map([...all].filter(([label]) => terms.some((own) => own.includes(label))));
  const isPair = xs.length === 2 && xs.every((x) => x.constant === null);
  const free = [...result];
  const bound = [...dims.keys()].filter((label) => !result.includes(label));
  const sizes = (labels: readonly string[]): number[] => labels.map((label) => dims.get(label) ?? 1);
  const shape = sizes(free);
  const [size, depth] = [site.size(shape), site.size(sizes(bound))];
  site.terms((2 + xs.length) * size * depth);

  // where each operand is read: an offset by the coordinates of the result, and one by those that are summed
  const reads = xs.map((x, i) => {
    const strides = stridesOf(x.shape);
    const strideOf = (label: string): number => terms[i].reduce((sum, own, axis) => (own === label && x.shape[axis] > 1 ? sum + strides[axis] : sum), 0); // prettier-ignore
    return { outer: lattice(shape, free.map(strideOf)), inner: lattice(sizes(bound), bound.map(strideOf)) };
  });
  if (isPair) return contracted(site, { of: xs[0], ...reads[0] }, { of: xs[1], ...reads[1] }, shape);
  const live = Math.max(xs.findIndex((x) => x.constant === null), 0); // prettier-ignore
  const builder = mapBuilder(size);
  const part = builder.part(xs[live].id);
  const weights = new Float64Array(depth);
  for (let o = 0; o < size; o++) {
    weights.fill(1);
    xs.forEach(({ constant }, i) => {
      if (i === live || constant === null) return;
      const { outer, inner } = reads[i];
      for (let k = 0; k < depth; k++) weights[k] *= constant[outer[o] + inner[k]];
    });
    const { shift, pattern, kernel } = part.form(reads[live].inner, weights);
    part.set(o, reads[live].outer[o] + shift, pattern, kernel);
  }
  site.macs(size * depth);
  return site.linear(builder.build(), shape, xs[0].dtype);
}

interface Equation {
  /** The letters of each operand's axes, and of the result's. Axes of an ellipsis are numbered from the last. */
  readonly terms: readonly (readonly string[])[];
  readonly result: readonly string[];
}

function parsed(site: Site, xs: readonly Operand[]): Equation {
  const equation = site.string('equation', '');
  const [left, right, ...more] = equation.replaceAll(/\s/g, '').split('->');
  const written = left.split(',');
  const isTerm = (term: string): boolean => /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term);
  if (more.length > 0 || !written.every(isTerm) || !isTerm(right ?? ''))
    site.refuse(`expected an equation of letters, commas, one arrow and ellipses, got '${equation}'`);
  if (written.length !== xs.length)
    site.refuse(`expected ${written.length} operands of '${equation}', got ${xs.length}`);
  const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => String(count - 1 - i));
  let widest = 0;
  const terms = written.map((term, i) => {
    const letters = term.replace('...', '').length;
    const rest = xs[i].shape.length - letters;
    if (rest < 0 || (rest > 0 && !term.includes('...')))
      site.refuse(`expected an operand of rank ${letters} for '${term}', got ${xs[i].shape.length}`);
    widest = Math.max(widest, rest);
    return lettersOf(term, numbered(rest));
  });
  const result = right === undefined ? onceEach(terms, numbered(widest)) : lettersOf(right, numbered(widest));
  if (new Set(result).size !== result.length) site.refuse(`expected each letter of the result once, got '${equation}'`);
  return { terms, result };
}

const lettersOf = (term: string, ellipsis: readonly string[]): string[] =>
  term.split(/(\.\.\.)/).flatMap((piece) => (piece === '...' ? ellipsis : Array.from(piece)));

/** Without an arrow: the axes of an ellipsis, then the letters that occur once, in alphabetical order. */
function onceEach(terms: readonly (readonly string[])[], ellipsis: readonly string[]): string[] {
  const all = terms.flat().filter((label) => !ellipsis.includes(label));
  return [...ellipsis, ...all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort()];
}

function dimsOf(site: Site, xs: readonly Operand[], terms: readonly (readonly string[])[]): Map<string, number> {
  const dims = new Map<string, number>();
  terms.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const [known, dim] = [dims.get(label) ?? 1, xs[i].shape[axis]];
      if (known !== 1 && dim !== 1 && known !== dim)
        site.refuse(`expected one size of axis '${label}', got ${known} and ${dim}`);
      dims.set(label, known === 1 ? dim : known);
    });
  });
  return dims;
}

export const EINSUM: readonly Operator[] = [
  { op: 'Einsum', since: 12, inputs: [1, Infinity], outputs: 1, lower: Einsum },
];
