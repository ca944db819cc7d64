// What most primitives share: so many forms and tensors that fit each other, and one gadget per element.
import type { Refuse } from '../linear/check.js';
import { sizeOf } from '../tensor.js';
import type { Gadget } from './gadget.js';
import type { Use } from './integer.js';
import type { CircuitTensor, IntegerStep } from './steps.js';

type Forms = Pick<IntegerStep, 'forms'>;

/** So many forms, and so many tensors. */
export function checkCounts({ forms }: Forms, outs: readonly CircuitTensor[], counts: readonly number[], refuse: Refuse): void {
  const found = [forms.length, outs.length];
  if (found.join() !== counts.join()) refuse('forms', `${counts.join(' and ')}, forms and tensors`, found.join(' and '));
} // prettier-ignore

/** The same, and all of them of one size. */
export function checkSizes(step: Forms, outs: readonly CircuitTensor[], counts: readonly number[], refuse: Refuse): void {
  checkCounts(step, outs, counts, refuse);
  const size = sizeOf(outs[0].shape);
  step.forms.forEach(({ map }, k) => {
    if (map.size !== size) refuse(`forms[${k}].map`, `${size} elements, the shape of its tensor`, map.size);
  });
  for (const { shape } of outs)
    if (sizeOf(shape) !== size) refuse('outs', `tensors of ${size} elements`, sizeOf(shape));
} // prettier-ignore

/** One gadget per element, whose ports read the forms and whose outputs are the tensors, each in order. */
export const elementwise = (gadget: Gadget, { shape }: CircuitTensor): Use[] => [
  {
    gadget,
    count: sizeOf(shape),
    ports: gadget.ports.map((_, form) => ({ form })),
    outputs: Array.from({ length: gadget.outputs }, (_, tensor) => ({ tensor })),
  },
];

/** Element k of each of so many runs. */
export const every = (run: number, k: number, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => i * run + k);

/** The same where all outputs of a gadget are elements of the only tensor, one after the other. */
export function inRuns(gadget: Gadget, { shape }: CircuitTensor): Use[] {
  const run = gadget.outputs;
  const count = sizeOf(shape) / run;
  const outputs = Array.from({ length: run }, (_, k) => ({ tensor: 0, at: every(run, k, count) }));
  return [{ gadget, count, ports: gadget.ports.map((_, form) => ({ form })), outputs }];
}
