// The gadget of circuits/onehot.circom.
import { signalArray, type Gadget } from '../gadget.js';

/** Which of 1 .. n - 1 an index of [0, n) is: n rows. */
export const onehotGadget = (n: number): Gadget => ({
  file: 'onehot',
  template: 'Onehot',
  args: [n],
  ports: ['index'],
  signals: signalArray('o', n - 1),
  outputs: n - 1,
  rows: n,
  fill([index], set) {
    for (let v = 1; v < n; v++) set(v - 1, Number(index === v));
  },
});
