// Hint programs of the rescales: in bits, and by look-ups.
import { inverse } from '../../verifier/field.js';
import type { Gadget } from '../primitives/gadget.js';
import { floorOf, half } from '../primitives/floors.js';
import { sideOf } from '../primitives/rescale-gadgets.js';
import { numbersOf, rowOf, setAllLimbs, setBits, setLimbs, type Hints, type HintsOf } from './hints.js';

/** Floor of acc + half after a shift, and what is below it. */
function divided(acc: number, shift: number): { readonly q: number; readonly rest: number } {
  const q = floorOf(acc, shift);
  return { q, rest: acc + half(shift) - q * 2 ** shift };
}

const rescale: HintsOf = (gadget) => {
  const [B, s, n] = gadget.args;
  return { fill: ([acc], set) => fillRescale(acc, [B, s, n], set) };
};

function fillRescale(acc: number, [B, s, n]: readonly number[], set: Parameters<Hints['fill']>[1]): void {
  const u = acc + half(s) + 2 ** (B - 1);
  setBits(set, 1, B, u);
  const floor = Math.floor((u % 2 ** (B - 1)) / 2 ** s); // of the bits below the top one
  const low = floor % 2 ** n;
  const h = Math.floor(floor / 2 ** n);
  const capped = h === 0 ? low : 2 ** n - 1;
  set(0, u >= 2 ** (B - 1) ? capped : 0);
  if (B - 1 > s + n) {
    set(B + 1, h === 0 ? 0 : 1);
    set(B + 2, h === 0 ? 0 : inverseOf(h));
    set(B + 3, capped);
  }
}

const inverses = new Map<number, bigint>();
function inverseOf(h: number): bigint {
  let value = inverses.get(h);
  if (value === undefined) inverses.set(h, (value = inverse(BigInt(h))));
  return value;
}

const leaky: HintsOf = (gadget) => {
  const [B, s, n, at, slope, k, C] = gadget.args;
  const [pos, bit, scaledAt] = ['pos', 'bit', 'round.acc'].map(numbersOf(gadget));
  return {
    fill([acc], set) {
      const shifted = acc - at * 2 ** s;
      const { q } = divided(shifted, s);
      const scaled = (q < 0 ? slope : 2 ** k) * q + at * 2 ** k;
      setBits(set, bit, B, shifted + half(s) + 2 ** (B - 1));
      set(pos, Math.max(q, 0));
      set(scaledAt, scaled);
      fillRescale(scaled, [C, k, n], (signal, value) => {
        set(scaledAt + 1 + signal, value);
        if (signal === 0) set(0, value);
      });
    },
  };
};

const splitOf = (shift: number, width: number) => ({ count: Math.ceil(shift / width), width });

/** f(key) of a table that the gadget looks up; none for a key that is not in it. */
const valueIn = ({ lookups = [] }: Gadget, lookup: number, key: number): number => {
  const { table } = lookups[lookup];
  return table.values?.[rowOf(table, key)] ?? NaN;
};

const lookupRescale: HintsOf = (gadget) => {
  const [s, w] = gadget.args;
  const r = numbersOf(gadget)('r');
  return {
    fill([acc], set, hit) {
      const { q, rest } = divided(acc, s);
      hit(0, q);
      set(0, valueIn(gadget, 0, q));
      setAllLimbs(rest, splitOf(s, w), [set, r], [hit, 1]);
    },
  };
};

const floor: HintsOf = (gadget) => {
  const [s, w, Ly] = gadget.args;
  const [r, l] = ['r', 'l'].map(numbersOf(gadget));
  const rests = splitOf(s, w);
  return {
    fill([acc], set, hit) {
      const { q, rest } = divided(acc, s);
      set(0, q);
      setLimbs(rest, rests, [set, r], [hit, 0]);
      setLimbs(q, { count: Ly, width: w }, [set, l], [hit, rests.count]);
    },
  };
};

const wide: HintsOf = (gadget) => {
  const [s, w, b] = gadget.args;
  const [c, v, r, e] = ['c', 'v', 'r', 'e'].map(numbersOf(gadget));
  return {
    fill([acc], set, hit) {
      const { q, rest } = divided(acc, s);
      const u = Math.floor(q / 2 ** b);
      set(0, Math.min(Math.max(q, 0), 2 ** b - 1));
      set(c, sideOf(u));
      set(v, q - u * 2 ** b);
      set(e, u === 0 ? 1 : 0);
      hit(0, u);
      hit(1, q - u * 2 ** b);
      setAllLimbs(rest, splitOf(s, w), [set, r], [hit, 2]);
    },
  };
};

const tails: HintsOf = (gadget) => {
  const [s, w, b, first, lo, hi] = gadget.args;
  const [c, v, p, r, e] = ['c', 'v', 'p', 'r', 'e'].map(numbersOf(gadget));
  return {
    fill([acc], set, hit) {
      const { q, rest } = divided(acc, s);
      const u = Math.floor((q - first) / 2 ** b);
      const place = q - first - u * 2 ** b;
      const value = valueIn(gadget, 1, place);
      set(0, u === 0 ? value : u < 0 ? lo : hi);
      set(c, sideOf(u));
      set(v, place);
      set(p, value);
      set(e, u === 0 ? 1 : 0);
      hit(0, u);
      hit(1, place);
      setAllLimbs(rest, splitOf(s, w), [set, r], [hit, 2]);
    },
  };
};

export const rescales = {
  Rescale: rescale,
  LeakyRescale: leaky,
  LookupRescale: lookupRescale,
  LookupFloor: floor,
  LookupWide: wide,
  LookupTails: tails,
} satisfies Readonly<Record<string, HintsOf>>;
