// Hint programs of the gadgets in bits, but for rescales.
import { inverse } from '../../verifier/field.js';
import { BITWISE, nibblesOf } from '../primitives/bitwise.js';
import { divided } from '../primitives/divide.js';
import { intervalOf } from '../primitives/locate.js';
import { firstMaximum } from '../primitives/groups.js';
import { bitOf, numbersOf, setBits, type HintsOf } from './hints.js';

const range: HintsOf = ({ args: [n] }) => ({ fill: ([x], set) => setBits(set, 0, n, x) });

const rangeUpTo: HintsOf = ({ args: [n, max] }) => ({
  fill([x], set) {
    setBits(set, 0, n, x);
    setBits(set, n, n, max - x);
  },
});

const max: HintsOf = ({ args: [w] }) => ({
  fill([a, b], set) {
    set(0, Math.max(a, b));
    setBits(set, 1, w, Math.abs(a - b));
  },
});

const argmax: HintsOf = ({ args: [n, v, k] }) => ({
  fill(a, set) {
    const bits = v + k;
    const best = firstMaximum(a);
    const keys = a.map((value, i) => 2 ** k * value + n - 1 - i);
    const top = keys[best];
    set(0, best);
    setBits(set, 1, bits, top);
    for (let i = 0; i < n; i++) setBits(set, 1 + bits * (1 + i), bits, top - keys[i]);
    let product = BigInt(top - keys[0]);
    for (let i = 1; i < n; i++) {
      product *= BigInt(top - keys[i]);
      set(bits * (n + 1) + i, product);
    }
  },
});

/** Of either argument: the same signals in the same order. */
export const onehot: HintsOf = ({ args: [n] }) => ({
  fill([index], set) {
    for (let v = 1; v < n; v++) set(v - 1, Number(index === v));
  },
});

const locate: HintsOf = ({ args: [m, w], list: T = [] }) => ({
  fill([u], set) {
    const k = intervalOf(T, u);
    for (let i = 0; i < m; i++) set(i, Number(i < k));
    setBits(set, m, w, u - T[k]);
    setBits(set, m + w, w, T[k + 1] - 1 - u);
  },
});

const product: HintsOf = ({ args: [lo] }) => ({ fill: ([a, b], set) => set(0, a * b - lo) });

const select: HintsOf = () => ({ fill: ([c, a, b], set) => set(0, b + c * (a - b)) });

const compare: HintsOf = ({ args: [w] }) => ({
  fill([d], set) {
    const c = Number(d >= 0);
    set(0, c);
    setBits(set, 1, w, d + (1 - c) * 2 ** w);
  },
});

/** Of either argument: the same signals in the same order. */
export const equal: HintsOf = () => ({
  fill([d], set) {
    set(0, Number(d === 0));
    set(1, d === 0 ? 0 : inverse(BigInt(d)));
  },
});

const remainder: HintsOf = ({ args: [D, n, m, isQuotient], signals }) => ({
  fill([a], set) {
    const { q, rest } = divided(a, D);
    set(0, isQuotient === 1 ? q : rest);
    setBits(set, 1, n, q);
    setBits(set, 1 + n, m, rest);
    setBits(set, 1 + n + m, signals.length - 1 - n - m, D - 1 - rest);
  },
});

const divide: HintsOf = ({ args: [lo, n, m] }) => ({
  fill([a, d], set) {
    const { q, rest } = divided(a, d);
    set(0, q - lo);
    set(1, rest);
    setBits(set, 2, n, q - lo);
    setBits(set, 2 + n, m, rest);
    setBits(set, 2 + n + m, m, d - 1 - rest);
  },
});

const bitwise: HintsOf = (gadget) => {
  const [k, op, isSigned] = gadget.args;
  const [u, v, both] = ['u', 'v', 'both'].map(numbersOf(gadget));
  return {
    fill([a, b], set) {
      nibblesOf(BITWISE[op], isSigned === 1, k, a, b).forEach((nibble, i) => set(i, nibble));
      setBits(set, u, 4 * k, a);
      setBits(set, v, 4 * k, b);
      for (let j = 0; j < 4 * k; j++) set(both + j, bitOf(a, j) * bitOf(b, j));
    },
  };
};

export const bits = {
  Range: range,
  RangeUpTo: rangeUpTo,
  Max: max,
  Argmax: argmax,
  Onehot: onehot,
  Locate: locate,
  Product: product,
  Select: select,
  Compare: compare,
  Equal: equal,
  Remainder: remainder,
  Divide: divide,
  Bitwise: bitwise,
} satisfies Readonly<Record<string, HintsOf>>;
