// What the questions about one value share, whether it is at least 0 and whether it is 0: a boolean for each element, as an integer
// of [0, 1] whose scale is 1.
import type { Refuse } from '../linear/check.js';
import { sizeOf } from '../tensor.js';
import type { Gadget } from './gadget.js';
import type { Use } from './integer.js';
import type { Nothing } from './nothing.js';
import type { CircuitTensor, IntegerStep } from './steps.js';

export function checkTest({ forms }: IntegerStep<Nothing>, outs: readonly CircuitTensor[], refuse: Refuse): void {
  if (forms.length !== 1 || outs.length !== 1) refuse('forms', 'one form of one tensor', forms.length);
  const size = sizeOf(outs[0].shape);
  if (forms[0].map.size !== size)
    refuse('forms[0].map', `${size} elements, the shape of its tensor`, forms[0].map.size);
}

/** One gadget per element of the form. */
export const testUses = (gadget: Gadget, [{ shape }]: readonly CircuitTensor[]): Use[] => [
  { gadget, count: sizeOf(shape), ports: [{ form: 0 }], outputs: [{ tensor: 0 }] },
];
