// Linear forms as circom loops over tables of constants. circom copies a sum at every addition, so a long one is a sum of sums.
import type { TensorId } from '../circuit/circuit.js';
import type { LinearMap, LinearPart } from '../linear/map.js';
import { table } from './circom-tables.js';

/**
 * A loop over the elements of form f; `use` says what becomes of element `at`, whose sum is the expression `sum`.
 * @param sources the tensors of the step's inputs x0, x1, ...
 */
export function sums(
  map: LinearMap,
  f: number,
  sources: readonly TensorId[],
  use: (o: string, sum: string) => string[],
): string[] {
  const form = f === 0 ? '' : `f${f}_`;
  const bias = table(`${form}bias`, map.bias);
  const parts = map.parts.map((part, p) => partLoop(part, form, p, sources.indexOf(part.from)));
  return [
    ...bias.lines,
    ...parts.flatMap(({ lines }) => lines),
    `for (var at = 0; at < ${map.size}; at++) {`,
    `    var sum = ${bias.at('at')};`,
    ...parts.flatMap(({ loop }) => loop.map((line) => `    ${line}`)),
    ...use('at', 'sum').map((line) => `    ${line}`),
    '}',
  ];
}

/** Lists one after the other: where each begins, how long it is, and the whole. */
function joined(lists: readonly ArrayLike<number>[]): { starts: number[]; lengths: number[]; all: Float64Array } {
  const lengths = lists.map(({ length }) => length);
  let end = 0;
  const starts = lengths.map((length) => (end += length) - length);
  const all = new Float64Array(end);
  lists.forEach((list, i) => all.set(list, starts[i]));
  return { starts, lengths, all };
}

/** Adds one source's share to `sum`: w over the offsets from base. */
function partLoop(
  part: LinearPart,
  form: string,
  p: number,
  x: number,
): { readonly lines: readonly string[]; readonly loop: readonly string[] } {
  const { base, pattern, kernel } = part;
  const kernels = joined(part.kernels);
  const patterns = joined(part.patterns);
  const from = table(`${form}from${p}`, base);
  const weightsAt = table(`${form}weightsAt${p}`, kernel.map((k) => kernels.starts[k])); // prettier-ignore
  const offsetsAt = table(`${form}offsetsAt${p}`, pattern.map((q) => patterns.starts[q])); // prettier-ignore
  const terms = table(`${form}terms${p}`, kernel.map((k) => kernels.lengths[k])); // prettier-ignore
  const weights = table(`${form}weights${p}`, kernels.all);
  const offsets = table(`${form}offsets${p}`, patterns.all);
  const tables = [from, weightsAt, offsetsAt, terms, weights, offsets];
  const lines = tables.flatMap((one) => one.lines);
  const longest = kernels.lengths.reduce((a, b) => Math.max(a, b), 0);
  const own = [
    `var at${p} = ${from.at('at')};`,
    `var w${p} = ${weightsAt.at('at')};`,
    `var f${p} = ${offsetsAt.at('at')};`,
    `var n${p} = ${terms.at('at')};`,
  ];
  const term = (k: string): string => `${weights.at(`w${p} + ${k}`)} * x${x}[at${p} + ${offsets.at(`f${p} + ${k}`)}]`;
  if (longest <= 8)
    return { lines, loop: [...own, `for (var k = 0; k < n${p}; k++) {`, `    sum += ${term('k')};`, '}'] };
  const stride = Math.ceil(Math.sqrt(longest));
  const loop = [
    ...own,
    `for (var k = 0; k < n${p}; k += ${stride}) {`,
    '    var partial = 0;',
    `    for (var j = k; j < k + ${stride} && j < n${p}; j++) {`,
    `        partial += ${term('j')};`,
    '    }',
    '    sum += partial;',
    '}',
  ];
  return { lines, loop };
}
