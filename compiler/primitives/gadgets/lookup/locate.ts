// The gadget of circuits/lookup/locate.circom.
import { signalArray, type Gadget } from '../../gadget.js';
import { fillLimbs, limbLookups, type Limbs } from '../../tables.js';
import { intervalOf, stepRows } from '../locate.js';

/** Whether u is at least T[1], ... T[m], none of the intervals wider than the range of `limbs`. */
export function lookupLocate(T: readonly number[], limbs: Limbs): Gadget {
  const { count: L, width } = limbs;
  const m = T.length - 2;
  const inverses = m + 2 * (L - 1);
  return {
    file: 'lookup/locate',
    template: 'LookupLocate',
    args: [m, L, width],
    list: T,
    ports: ['u'],
    challenge: ['X'],
    signals: [
      ...signalArray('b', m),
      ...signalArray('l', L - 1),
      ...signalArray('r', L - 1),
      ...signalArray('h', 2 * L),
    ],
    outputs: m,
    committed: inverses,
    lookups: [...limbLookups(limbs, inverses), ...limbLookups(limbs, inverses + L)],
    rows: stepRows(m) + 2 * L,
    fill([u], set, hit) {
      const k = intervalOf(T, u);
      for (let i = 0; i < m; i++) set(i, Number(i < k));
      fillLimbs(u - T[k], limbs, [set, m], [hit, 0]);
      fillLimbs(T[k + 1] - 1 - u, limbs, [set, m + L - 1], [hit, L]);
    },
  };
}
