// The gadget of circuits/lookup/onehot.circom.
import { signalArray, type Gadget } from '../../gadget.js';
import { fillOnehot } from '../onehot.js';

/** Which of 1 .. n - 1 an index of [0, n) is: n rows, its outputs committed. */
export const lookupOnehot = (n: number): Gadget => ({
  file: 'lookup/onehot',
  template: 'LookupOnehot',
  args: [n],
  ports: ['index'],
  signals: signalArray('o', n - 1),
  outputs: n - 1,
  committed: n - 1,
  rows: n,
  fill: ([index], set) => fillOnehot(n, index, set),
});
