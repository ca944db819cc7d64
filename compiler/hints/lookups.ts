// Hint programs of the gadgets by look-ups whose values are split into limbs, but for rescales.
import { divided } from '../primitives/divide.js';
import { intervalOf } from '../primitives/locate.js';
import { normalised } from '../primitives/normalise.js';
import { numbersOf, rowOf, setAllLimbs, setLimbs, type HintsOf } from './hints.js';

const range: HintsOf = ({ args: [L, w] }) => ({
  fill: ([x], set, hit) => setLimbs(x, { count: L, width: w }, [set, 0], [hit, 0]),
});

const max: HintsOf = ({ args: [L, w] }) => ({
  fill([a, b], set, hit) {
    set(0, Math.max(a, b));
    setLimbs(Math.abs(a - b), { count: L, width: w }, [set, 1], [hit, 0]);
  },
});

const compare: HintsOf = ({ args: [L, w, t] }) => ({
  fill([d], set, hit) {
    const c = Number(d >= 0);
    set(0, c);
    setLimbs(d + (1 - c) * 2 ** (w * (L - 1) + t), { count: L, width: w }, [set, 1], [hit, 0]);
  },
});

const locate: HintsOf = (gadget) => {
  const { args: [m, L, w], list: T = [] } = gadget; // prettier-ignore
  const [l, r] = ['l', 'r'].map(numbersOf(gadget));
  const split = { count: L, width: w };
  return {
    fill([u], set, hit) {
      const k = intervalOf(T, u);
      for (let i = 0; i < m; i++) set(i, Number(i < k));
      setLimbs(u - T[k], split, [set, l], [hit, 0]);
      setLimbs(T[k + 1] - 1 - u, split, [set, r], [hit, L]);
    },
  };
};

const remainder: HintsOf = (gadget) => {
  const [D, isQuotient, Lq, Lr, w, ends] = gadget.args;
  const [l, m, p] = ['l', 'm', 'p'].map(numbersOf(gadget));
  return {
    fill([a], set, hit) {
      const { q, rest } = divided(a, D);
      set(0, isQuotient === 1 ? q : rest);
      setLimbs(q, { count: Lq, width: w }, [set, l], [hit, 0]);
      setLimbs(rest, { count: Lr, width: w }, [set, m], [hit, Lq]);
      if (ends === 1) setLimbs(D - 1 - rest, { count: Lr, width: w }, [set, p], [hit, Lq + Lr]);
    },
  };
};

const divide: HintsOf = (gadget) => {
  const [lo, Ly, L, w] = gadget.args;
  const [l, m, p] = ['l', 'm', 'p'].map(numbersOf(gadget));
  return {
    fill([a, d], set, hit) {
      const { q, rest } = divided(a, d);
      set(0, q - lo);
      set(1, rest);
      setLimbs(q - lo, { count: Ly, width: w }, [set, l], [hit, 0]);
      setLimbs(rest, { count: L, width: w }, [set, m], [hit, Ly]);
      setLimbs(d - 1 - rest, { count: L, width: w }, [set, p], [hit, Ly + L]);
    },
  };
};

const bitwise: HintsOf = (gadget) => {
  const { args: [k], lookups = [] } = gadget; // prettier-ignore
  const [u, v] = ['u', 'v'].map(numbersOf(gadget));
  const nibble = (x: number, i: number): number => Math.floor(x / 16 ** i) % 16;
  return {
    fill([a, b], set, hit) {
      for (let i = 0; i < k; i++) {
        const [x, y] = [nibble(a, i), nibble(b, i)];
        hit(i, 16 * x + y);
        hit(k + i, x);
        hit(2 * k + i, y);
        set(i, lookups[i].table.values?.[16 * x + y] ?? NaN);
        if (i === k - 1) continue;
        set(u + i, x);
        set(v + i, y);
      }
    },
  };
};

const normalise: HintsOf = (gadget) => {
  const { args: [M, p, w, isRoot, isLog], lookups: [{ table }, { table: powers }] = [] } = gadget; // prettier-ignore
  const [b, square, P, r] = ['b', 'square', 'P', 'r'].map(numbersOf(gadget));
  const exponent = isRoot === 1 ? 'root' : isLog === 1 ? 'log' : 'power';
  const rests = { count: Math.ceil((M - p) / w), width: w };
  return {
    fill([v], set, hit) {
      const { k, m } = normalised({ exponent, M, p }, v);
      const power = isRoot === 1 ? 4 ** k : 2 ** k;
      hit(0, m);
      hit(1, 2 ** k);
      set(0, table.values?.[rowOf(table, m)] ?? NaN);
      set(1, powers.values?.[rowOf(powers, 2 ** k)] ?? 2 ** k);
      if (isRoot === 1) set(square, power);
      if (isLog === 1) set(b, power);
      set(P, v * power);
      setAllLimbs(v * power - m * 2 ** (M - p), rests, [set, r], [hit, 2]);
    },
  };
};

export const lookups = {
  LookupRange: range,
  LookupMax: max,
  LookupCompare: compare,
  LookupLocate: locate,
  LookupRemainder: remainder,
  LookupDivide: divide,
  LookupBitwise: bitwise,
  LookupNormalise: normalise,
} satisfies Readonly<Record<string, HintsOf>>;
