// Named tensors for people: the first values, what they decide, probabilities where there are some.
import type { Decision } from '../verifier/index.js';
import { real, shape } from './text.js';

interface NamedTensor {
  readonly shape: readonly number[];
  readonly ints: readonly (number | string)[];
  readonly floats: readonly number[];
  readonly softmax?: readonly number[];
}

const MOST_VALUES = 16;

/** What each tensor decides, by name. A key of 0.1.0 does not say it: then the greatest of all values is shown. */
export type Decisions = Readonly<Record<string, Decision | undefined>>;

/**
 * One line per tensor: "output 1x10: 0.12 -3.4 … (greatest: index 7)".
 * @param decisions null for inputs, which decide nothing
 */
export function tensorLines(
  tensors: Readonly<Record<string, NamedTensor>>,
  decisions: Decisions | null = {},
): string[] {
  return Object.entries(tensors).map(([name, tensor]) => {
    const { shape: dims, floats } = tensor;
    const says = decisions === null ? null : decided(tensor, own(decisions, name));
    const values = some(floats.map(real));
    return `${name}${floats.length < 2 ? '' : ` ${shape(dims)}`}: ${values}${says === null ? '' : ` (${says})`}`;
  });
}

const own = (decisions: Decisions, name: string): Decision | undefined =>
  Object.hasOwn(decisions, name) ? decisions[name] : undefined;

const some = (values: readonly string[]): string =>
  values.slice(0, MOST_VALUES).join(' ') + (values.length > MOST_VALUES ? ' …' : '');

function decided({ floats, shape: dims, softmax }: NamedTensor, decision: Decision | undefined): string | null {
  if (decision?.rule === 'sign') return some(floats.map((x) => (x > 0 ? 'positive' : x < 0 ? 'negative' : 'zero')));
  const { rule, axis } = decision ?? { rule: 'argmax', axis: 0 };
  if (axis === null || floats.length < 2) return null;
  const best = bestAlong(floats, decision ? dims : [floats.length], axis, rule === 'argmax' ? 1 : -1);
  const word = rule === 'argmax' ? 'greatest' : 'least';
  if (best.length > 1) return `${word} along axis ${axis}: ${some(best.map(({ index }) => String(index)))}`;
  const [{ index, at }] = best;
  return `${word}: index ${index}${softmax ? `, probability ${real(softmax[at])}` : ''}`;
}

/** For each position of the other axes, where along the axis the first greatest (sign 1) or least (-1) value stands. */
function bestAlong(
  floats: readonly number[],
  dims: readonly number[],
  axis: number,
  sign: 1 | -1,
): { readonly index: number; readonly at: number }[] {
  const n = dims[axis];
  const stride = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  return Array.from({ length: floats.length / n }, (_, position) => {
    const first = Math.floor(position / stride) * stride * n + (position % stride);
    let index = 0;
    for (let k = 1; k < n; k++)
      if (sign * floats[first + k * stride] > sign * floats[first + index * stride]) index = k;
    return { index, at: first + index * stride };
  });
}
