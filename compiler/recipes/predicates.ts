// What the questions about one value share, whether it is at least 0 and whether it is 0: a boolean for each element, as an integer
// of [0, 1] whose scale is 1.
import { constantMap } from '../linear/map.js';
import { compare } from '../primitives/compare.js';
import { equal } from '../primitives/equal.js';
import { nothing, type Nothing } from '../primitives/steps.js';
import type { RealPrimitive } from './real.js';

/** @param holds what is asked of a real number, and of the integer that has its sign, or that is 0 exactly where it is */
const realTest = (kind: string, holds: (x: number) => boolean, about: 'sign' | 'zero'): RealPrimitive<Nothing> => ({
  kind,
  check(_, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 1 || sources[0] !== outs[0])
      fail('one source and one value of its size');
  },
  evaluate: (_, [x]) => [x.map((v) => Number(holds(v)))],
  codec: nothing,
  plan({ sources: [x], outs: [out] }, to) {
    const form = to.decided(to.map(x), about, out);
    const { accLo, accHi } = form;
    // an answer that no input changes takes no wires
    const isSettled =
      about === 'sign' ? accLo >= 0 || accHi < 0 : accLo > 0 || accHi < 0 || (accLo === 0 && accHi === 0);
    if (isSettled) {
      to.define(out, constantMap(new Float64Array(form.map.size).fill(Number(holds(accLo)))));
      return;
    }
    const [tensor] = to.emit({ kind, forms: [form], own: {} }, [{ of: out, lo: 0, hi: 1, scale: 1, zero: 0 }]);
    to.define(out, tensor);
  },
});

export const realCompare: RealPrimitive<Nothing> = realTest(compare.kind, (x) => x >= 0, 'sign');
export const realEqual: RealPrimitive<Nothing> = realTest(equal.kind, (x) => x === 0, 'zero');
