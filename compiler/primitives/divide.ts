// divide: floor(a / d) and what is left of a, d a live form above 0.
import type { Interval } from '../linear/intervals.js';
import { sizeOf } from '../tensor.js';
import { bitLength, type Gadget } from './gadget.js';
import { divided, divideGadget } from './gadgets/divide.js';
import { lookupDivide } from './gadgets/lookup/divide.js';
import type { IntegerPrimitive, Use } from './integer.js';
import { nothing, type Nothing } from './nothing.js';
import type { CircuitTensor, IntegerForm } from './steps.js';

/** All floors of a / d; d is above 0. */
export function quotientsOf(a: IntegerForm, d: IntegerForm): Interval {
  const floor = (x: number, by: number): number => Math.floor(x / by) + 0;
  return {
    lo: Math.min(floor(a.accLo, d.accLo), floor(a.accLo, d.accHi)),
    hi: Math.max(floor(a.accHi, d.accLo), floor(a.accHi, d.accHi)),
  };
}

/** Of the forms a and d the tensors floor(a / d), stored above its least value, and the rest. */
export const divide: IntegerPrimitive<Nothing> = {
  kind: 'divide',
  evaluate(_, [a, d], [{ lo }]) {
    return [a.map((x, o) => divided(x, d[o]).q - lo), a.map((x, o) => divided(x, d[o]).rest)];
  },
  check({ forms }, outs, refuse) {
    if (forms.length !== 2 || outs.length !== 2) refuse('forms', 'two forms of two tensors', forms.length);
    const size = sizeOf(outs[0].shape);
    forms.forEach(({ map }, k) => {
      if (map.size !== size) refuse(`forms[${k}].map`, `${size} elements, the shape of its tensors`, map.size);
    });
    if (sizeOf(outs[1].shape) !== size) refuse('outs', `two tensors of ${size} elements`, sizeOf(outs[1].shape));
    if (forms[1].accLo < 1) refuse('forms[1].accLo', '1 or more', forms[1].accLo);
    const { lo } = quotientsOf(forms[0], forms[1]);
    if (outs[0].lo !== lo) refuse('outs', `lo = ${lo}, the least quotient`, outs[0].lo);
    if (outs[1].lo !== 0) refuse('outs', 'lo = 0, a rest', outs[1].lo);
  },
  bounds({ forms: [a, d] }) {
    const { lo, hi } = quotientsOf(a, d);
    return {
      outs: [
        { lo: 0, hi: hi - lo },
        { lo: 0, hi: d.accHi - 1 },
      ],
      needs: [],
    };
  },
  codec: nothing,
  plain: { uses: ({ forms: [a, d] }, [out]) => each(divideGadget(quotientsOf(a, d), d.accHi), out) },
  lookup: {
    uses({ forms: [a, d] }, [out], tables) {
      const { lo, hi } = quotientsOf(a, d);
      const [quotients, rests] = [hi - lo, d.accHi - 1].map((most) => tables.atLeast(Math.max(bitLength(most), 1)));
      return each(lookupDivide(a, d, lo, quotients, rests), out);
    },
  },
};

const each = (gadget: Gadget, { shape }: CircuitTensor): Use[] => [
  {
    gadget,
    count: sizeOf(shape),
    ports: [{ form: 0 }, { form: 1 }],
    outputs: [{ tensor: 0 }, { tensor: 1 }],
  },
];
