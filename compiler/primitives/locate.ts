// locate: whether an integer is at least each of some constants. Whatever changes at these alone is then a linear map of the answers.
import { fieldsOf, integerOf, itemsOf } from '../json.js';
import { sizeOf } from '../tensor.js';
import type { Gadget } from './gadget.js';
import { intervalBits, intervalOf, locateGadget } from './gadgets/locate.js';
import { lookupLocate } from './gadgets/lookup/locate.js';
import type { IntegerPrimitive, Use } from './integer.js';
import type { IntegerForm, IntegerStep } from './steps.js';

const KIND = 'locate';

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
  kind: KIND,
  evaluate({ forms: [form], own: { starts } }, [acc], [out]) {
    const u = new Float64Array(sizeOf(out.shape));
    firsts(starts).forEach((first, i) => {
      u.fill(1, first, first + intervalOf(ends(starts[i], form), acc[i]));
    });
    return [u];
  },
  check({ forms, own: { starts } }, outs, refuse) {
    if (forms.length !== 1 || outs.length !== 1) refuse('forms', 'one form of one tensor', forms.length);
    const [form] = forms;
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
