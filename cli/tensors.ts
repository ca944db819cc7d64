// Named tensors for people: the first values, the greatest one's place, probabilities where there are some.
import { real, shape } from './text.js';

interface NamedTensor {
  readonly shape: readonly number[];
  readonly ints: readonly (number | string)[];
  readonly floats: readonly number[];
  readonly softmax?: readonly number[];
}

const MOST_VALUES = 16;

/** One line per tensor: "output 1x10: 0.12 -3.4 … (greatest: index 7)". */
export function tensorLines(tensors: Readonly<Record<string, NamedTensor>>, { greatest = true } = {}): string[] {
  return Object.entries(tensors).map(([name, { shape: dims, floats, softmax }]) => {
    const number = floats.every(Number.isSafeInteger) ? String : real; // a count or a class is shown whole
    const shown = floats.slice(0, MOST_VALUES).map(number).join(' ');
    const more = floats.length > MOST_VALUES ? ' …' : '';
    if (floats.length < 2) return `${name}: ${shown}`;
    if (!greatest) return `${name} ${shape(dims)}: ${shown}${more}`;
    const best = floats.reduce((at, v, i) => (v > floats[at] ? i : at), 0);
    const probability = softmax === undefined ? '' : `, probability ${real(softmax[best])}`;
    return `${name} ${shape(dims)}: ${shown}${more} (greatest: index ${best}${probability})`;
  });
}
