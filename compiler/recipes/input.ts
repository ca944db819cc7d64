// input: a value that the prover is free to choose within its range.
import { input } from '../primitives/input.js';
import { type Nothing, nothing } from '../primitives/steps.js';
import type { RealPrimitive } from './real.js';

export const realInput: RealPrimitive<Nothing> = {
  kind: input.kind,
  isInput: true,
  check(_, { sources, outs }, fail) {
    if (sources.length !== 0 || outs.length !== 1) fail('an input of one value');
  },
  evaluate: () => [],
  codec: nothing,
  plan({ outs: [out] }, to) {
    const [tensor] = to.emit({ kind: input.kind, forms: [], own: {} }, [to.input(out)]);
    to.define(out, tensor);
  },
};
