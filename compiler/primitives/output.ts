// output: a value that leaves the circuit, exact. It is its form and takes no wires; public words hold it.
import { checkSizes } from './elementwise.js';
import type { IntegerPrimitive } from './integer.js';
import { type Nothing, nothing } from './steps.js';

export const output: IntegerPrimitive<Nothing> = {
  kind: 'output',
  isExact: true,
  evaluate: (_, [acc]) => [acc],
  check(step, outs, refuse) {
    checkSizes(step, outs, [1, 1], refuse);
    const { accLo } = step.forms[0];
    if (accLo !== 0) refuse('forms[0].accLo', '0, stored values', accLo);
  },
  bounds: ({ forms: [{ accHi }] }) => ({ outs: [{ lo: 0, hi: accHi }], needs: [] }),
  codec: nothing,
  plain: { uses: () => [] },
  lookup: { uses: () => [] },
};
