// The gadget of circuits/lookup/argmax.circom.
import { InferproofError } from '../../../../verifier/errors.js';
import { R } from '../../../../verifier/field.js';
import { signalArray, type Gadget, type Table } from '../../gadget.js';
import { firstMaximum } from '../../groups.js';
import { limbLookups, splitLimbs, type Limbs } from '../../tables.js';

/**
 * Position of the first maximum of n >= 2 values of [0, max]: n (L + 1) + La rows.
 * @param gaps limbs of the differences of keys, up to n max + n - 1
 * @param values limbs of the maximum, in tables as wide as those of `gaps`
 * @param positions the table of exactly n rows
 */
export function lookupArgmax(n: number, max: number, gaps: Limbs, values: Limbs, positions: Table): Gadget {
  const [L, La] = [gaps.count, values.count];
  const span = 2n ** BigInt(gaps.width * (L + 1)) + BigInt(n) * 2n ** BigInt(values.width * (La + 1)) + BigInt(n);
  if (span + BigInt(n) * BigInt(max) >= R) {
    throw new InferproofError('unbounded', `expected keys that cannot wrap round the field, their span is ${span}`, {
      where: 'argmax',
    });
  }
  // signals: index, M, limbs of gaps, limbs of the maximum | product, he, h, ha
  const gapAt = (i: number): number => 2 + i * (L - 1);
  const lowAt = gapAt(n);
  const committed = lowAt + La - 1;
  const he = committed + n - 2;
  const hAt = (i: number): number => he + 1 + i * L;
  const grid = (name: string, columns: number): string[] =>
    Array.from({ length: n }, (_, i) => signalArray(`${name}[${i}]`, columns)).flat();
  return {
    file: 'lookup/argmax',
    template: 'LookupArgmax',
    args: [n, L, La, gaps.width],
    ports: signalArray('a', n),
    challenge: ['X'],
    signals: [
      ...['index', 'M', ...grid('gap', L - 1), ...signalArray('low', La - 1)],
      ...[...signalArray('product', n - 2), 'he', ...grid('h', L), ...signalArray('ha', La)],
    ],
    outputs: 1,
    committed,
    lookups: [
      { table: positions, inverse: he, kappa: null },
      ...Array.from({ length: n }, (_, i) => limbLookups(gaps, hAt(i))).flat(),
      ...limbLookups(values, hAt(n)),
    ],
    rows: n * (L + 1) + La,
    fill(a, set, hit) {
      const index = firstMaximum(a);
      const keys = a.map((value, i) => n * value + n - 1 - i);
      const M = keys[index];
      set(0, index);
      set(1, M);
      hit(0, n - 1 - index);
      keys.forEach((key, i) => {
        splitLimbs(M - key, gaps).forEach((limb, j) => {
          if (j < L - 1) set(gapAt(i) + j, limb);
          hit(1 + i * L + j, limb);
        });
      });
      splitLimbs(a[index], values).forEach((limb, j) => {
        if (j < La - 1) set(lowAt + j, limb);
        hit(1 + n * L + j, limb);
      });
      let product = BigInt(M - keys[0]);
      for (let i = 1; i < n - 1; i++) {
        product = (product * BigInt(M - keys[i])) % R;
        set(committed + i - 1, product);
      }
    },
  };
}
