// argmax: the position of the first maximum among n live values.
import { bitLength, bitOf, signalArray, type Gadget } from '../gadget.js';
import { firstMaximum } from '../groups.js';

/** The gadget of circuits/argmax.circom for n >= 2 values of [0, max]. */
export function argmaxGadget(n: number, max: number): Gadget {
  const v = bitLength(max);
  const k = Math.max(bitLength(n - 1), 1);
  const bits = v + k;
  const gaps = Array.from({ length: n }, (_, i) => signalArray(`gap[${i}]`, bits)).flat();
  return {
    file: 'argmax',
    template: 'Argmax',
    args: [n, v, k],
    ports: signalArray('a', n),
    signals: ['index', ...signalArray('bit', bits), ...gaps, ...signalArray('product', n - 1)],
    outputs: 1,
    rows: (n + 1) * (bits + 1) + n,
    fill(a, set) {
      const best = firstMaximum(a);
      const keys = a.map((value, i) => 2 ** k * value + n - 1 - i);
      const top = keys[best];
      set(0, best);
      for (let j = 0; j < bits; j++) set(1 + j, bitOf(top, j));
      for (let i = 0; i < n; i++) for (let j = 0; j < bits; j++) set(1 + bits * (1 + i) + j, bitOf(top - keys[i], j));
      let product = BigInt(top - keys[0]);
      for (let i = 1; i < n; i++) {
        product *= BigInt(top - keys[i]);
        set(bits * (n + 1) + i, product);
      }
    },
  };
}
