// output: a value that leaves the circuit, exact. It is its form and takes no wires; public words hold it.
import { sizeOf } from '../tensor.js';
import type { IntegerPrimitive } from './integer.js';
import { type Nothing, nothing } from './nothing.js';

const KIND = 'output';

export const output: IntegerPrimitive<Nothing> = {
  kind: KIND,
  isExact: true,
  evaluate: (_, [acc]) => [acc],
  check({ forms }, outs, refuse) {
    if (forms.length !== 1 || outs.length !== 1) refuse('forms', 'one form of one tensor', forms.length);
    if (forms[0].map.size !== sizeOf(outs[0].shape)) refuse('forms[0].map', `${sizeOf(outs[0].shape)} elements`, forms[0].map.size); // prettier-ignore
    if (forms[0].accLo !== 0) refuse('forms[0].accLo', '0, stored values', forms[0].accLo);
  },
  bounds: ({ forms: [{ accHi }] }) => ({ outs: [{ lo: 0, hi: accHi }], needs: [] }),
  codec: nothing,
  plain: { uses: () => [] },
  lookup: { uses: () => [] },
};
