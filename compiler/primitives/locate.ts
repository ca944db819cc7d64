// locate: whether an integer is at least each of some constants. Whatever changes at these alone is then a linear map of the answers.
import { fieldsOf, integerOf, itemsOf } from '../json.js';
import { sizeOf } from '../tensor.js';
import { checkCounts } from './elementwise.js';
import { bitLength, byLookups, type Gadget, signalArray } from './gadget.js';
import type { IntegerPrimitive, Use } from './integer.js';
import type { IntegerForm, IntegerStep } from './steps.js';
import { limbLookups, type Limbs } from './tables.js';

export interface LocateOwn {
  /** The constants of each element: ascending, in [1, accHi]. */
  readonly starts: readonly (readonly number[])[];
}

type Step = Pick<IntegerStep<LocateOwn>, 'forms' | 'own'>;

/** What stands between the constants of an element is an interval: the ends of all of them. */
const ends = (starts: readonly number[], { accHi }: IntegerForm): number[] => [0, ...starts, accHi + 1];

/** The first output of each element, element by element. */
function firsts(starts: LocateOwn['starts']): number[] {
  let next = 0;
  return starts.map(({ length }) => (next += length) - length);
}

/** One output per constant, element by element: 1 where acc is at least that, else 0. */
export const locate: IntegerPrimitive<LocateOwn> = {
  kind: 'locate',
  evaluate({ forms: [form], own: { starts } }, [acc], [out]) {
    const u = new Float64Array(sizeOf(out.shape));
    firsts(starts).forEach((first, i) => {
      u.fill(1, first, first + intervalOf(ends(starts[i], form), acc[i]));
    });
    return [u];
  },
  check(step, outs, refuse) {
    checkCounts(step, outs, [1, 1], refuse);
    const { forms: [form], own: { starts } } = step; // prettier-ignore
    if (form.accLo !== 0) refuse('forms[0].accLo', '0, stored values', form.accLo);
    if (starts.length !== form.map.size) refuse('own.starts', `${form.map.size} lists`, starts.length);
    starts.forEach((list, i) => {
      const all = ends(list, form);
      if (list.length === 0 || all.some((t, k) => k > 0 && t <= all[k - 1]))
        refuse(`own.starts[${i}]`, `ascending integers of [1, ${form.accHi}]`, list.join());
    });
    const size = starts.reduce((n, { length }) => n + length, 0);
    if (sizeOf(outs[0].shape) !== size) refuse('outs', `${size} elements, one per start`, sizeOf(outs[0].shape));
    if (outs[0].lo !== 0 || outs[0].hi !== 1) refuse('outs', 'values of [0, 1]', outs[0].hi);
  },
  bounds: () => ({ outs: [{ lo: 0, hi: 1 }], needs: [] }),
  codec: {
    encode: ({ starts }) => ({ starts }),
    decode: (place) => ({
      starts: itemsOf(fieldsOf(place, ['starts']).starts).map((list) =>
        itemsOf(list).map((start) => integerOf(start, 1, Number.MAX_SAFE_INTEGER)),
      ),
    }),
  },
  plain: { uses: (step) => each(step, locateGadget) },
  lookup: { uses: (step, _, tables) => each(step, (T) => lookupLocate(T, tables.atLeast(intervalBits(T)))) },
  proves({ forms: [{ map, accHi }] }) {
    const alone = map.parts.length === 1 && map.bias.every((b) => b === 0);
    const [part] = map.parts;
    return Array.from({ length: alone ? map.size : 0 }, (_, i) => {
      const [kernel, pattern] = [part.kernels[part.kernel[i]], part.patterns[part.pattern[i]]];
      const element = kernel.length === 1 && kernel[0] === 1 ? part.base[i] + pattern[0] : -1;
      return { tensor: part.from, element, below: accHi + 1 };
    });
  },
};

/** One gadget per element; elements of the same intervals share it. */
function each({ forms: [form], own: { starts } }: Step, gadgetOf: (T: readonly number[]) => Gadget): Use[] {
  const first = firsts(starts);
  const alike = new Map<string, number[]>();
  starts.forEach((list, i) => alike.set(list.join(), [...(alike.get(list.join()) ?? []), i]));
  return Array.from(alike.values(), (elements) => {
    const gadget = gadgetOf(ends(starts[elements[0]], form));
    const outputs = starts[elements[0]].map((_, k) => ({ tensor: 0, at: Int32Array.from(elements, (i) => first[i] + k) }));
    return { gadget, count: elements.length, ports: [{ form: 0, at: Int32Array.from(elements) }], outputs };
  }); // prettier-ignore
}

/** The interval k, T[k] <= u < T[k + 1], of a u in [T[0], T[m + 1]); the nearest one outside. */
export const intervalOf = (T: readonly number[], u: number): number => {
  const above = T.findIndex((t) => t > u);
  return above === -1 ? T.length - 2 : Math.max(above - 1, 0);
};

/** Bits of what the widest interval holds beyond its first integer, at least 1. */
export const intervalBits = (T: readonly number[]): number =>
  T.reduce((most, t, k) => (k === 0 ? most : Math.max(most, bitLength(t - T[k - 1] - 1))), 1);

/** Rows that hold the steps between m of them. */
const stepRows = (m: number): number => (m === 1 ? 1 : m + 1);

export function locateGadget(T: readonly number[]): Gadget {
  const m = T.length - 2;
  const w = intervalBits(T);
  return {
    file: 'locate',
    template: 'Locate',
    args: [m, w],
    list: T,
    ports: ['u'],
    signals: [...signalArray('b', m), ...signalArray('low', w), ...signalArray('high', w)],
    outputs: m,
    rows: stepRows(m) + 2 * (w + 1),
  };
}

/** None of the intervals is wider than the range of `limbs`. */
export function lookupLocate(T: readonly number[], limbs: Limbs): Gadget {
  const L = limbs.count;
  const m = T.length - 2;
  const h = signalArray('h', 2 * L);
  return byLookups({
    file: 'locate',
    template: 'LookupLocate',
    args: [m, L, limbs.width],
    list: T,
    ports: ['u'],
    outputs: m,
    committed: [...signalArray('b', m), ...signalArray('l', L - 1), ...signalArray('r', L - 1)],
    others: h,
    lookups: [...limbLookups(limbs, 'h'), ...limbLookups(limbs, 'h')].map(([table], i) => [table, h[i]]),
    rows: stepRows(m) + 2 * L,
  });
}
