// The gadgets of circuits/lookup/normalise.circom: exponent and mantissa of a wide positive integer.
import { InferproofError } from '../../../../verifier/errors.js';
import { R } from '../../../../verifier/field.js';
import { bitLength, keyOf, signalArray, type Gadget, type Lookup, type Table } from '../../gadget.js';
import type { IntegerForm } from '../../steps.js';
import { limbLookups, splitLimbs, type Limbs } from '../../tables.js';

/** What becomes of the power of two: b itself, its root c, or l(b) of the second column of its table. */
export type Exponent = 'power' | 'root' | 'log';

export interface Normal {
  readonly exponent: Exponent;
  /** v is below 2^M. */
  readonly M: number;
  /** Bits of a mantissa. */
  readonly p: number;
}

/** The mantissas: 2^(p-1) .. 2^p - 1, from 2^(p-2) on for roots. */
export function mantissas({ exponent, p }: Normal): { readonly lo: number; readonly hi: number } {
  return { lo: 2 ** (exponent === 'root' ? p - 2 : p - 1), hi: 2 ** p - 1 };
}

/** k of the power of two 2^k that is looked up, and the mantissa, for v of [1, 2^M). */
export function normalised({ exponent, M, p }: Normal, v: number): { readonly k: number; readonly m: number } {
  const free = M - bitLength(v);
  const k = exponent === 'root' ? Math.floor(free / 2) : free;
  const b = exponent === 'root' ? 4 ** k : 2 ** k;
  return { k, m: Math.floor((v * b) / 2 ** (M - p)) };
}

const TEMPLATES = { power: 'LookupNormalise', root: 'LookupNormaliseRoot', log: 'LookupNormaliseLog' } as const;

/**
 * 4 rows and one per limb, one more for a root or a logarithm.
 * @param f of the mantissas, all of them and no others in `table`
 * @param log the second column of `powers`, of 2^k
 * Throws 'unbounded' where v b could wrap round the field.
 */
export function lookupNormalise(
  { accLo, accHi }: Pick<IntegerForm, 'accLo' | 'accHi'>,
  normal: Normal,
  f: (m: number) => number,
  log: (k: number) => number,
  table: Table,
  powers: Table,
  limbs: Limbs,
): Gadget {
  const { exponent, M, p } = normal;
  const largest = BigInt(keyOf(powers, powers.size - 1)) ** (exponent === 'root' ? 2n : 1n);
  if (BigInt(Math.max(-accLo, accHi)) * largest + 2n ** BigInt(M) >= R)
    throw new InferproofError('unbounded', 'expected a value times a power of two that cannot wrap round the field', {
      where: powers.name,
    });
  const L = limbs.count;
  const second = exponent === 'power' ? ['b'] : exponent === 'root' ? ['c'] : ['l', 'b'];
  const inner = exponent === 'power' ? ['P', 'kappa'] : exponent === 'root' ? ['b', 'P', 'kappa'] : ['P', 'kappa', 'kappab']; // prettier-ignore
  const inverses = ['h', exponent === 'root' ? 'hc' : 'hb'];
  const signals = ['y', ...second, ...signalArray('r', L), ...inner, ...inverses, ...signalArray('g', L)];
  const at = (name: string): number => signals.indexOf(name);
  const [r, b, P] = [1 + second.length, at('b'), at('P')];
  const power: Lookup = {
    table: powers,
    inverse: at(inverses[1]),
    kappa: exponent === 'log' ? at('kappab') : null,
  };
  return {
    file: 'lookup/normalise',
    template: TEMPLATES[exponent],
    args: [M, p, limbs.width],
    ports: ['v'],
    challenge: ['X', 'beta'],
    signals,
    outputs: 2,
    committed: r + L,
    lookups: [{ table, inverse: at('h'), kappa: at('kappa') }, power, ...limbLookups(limbs, at('g[0]'))],
    rows: 4 + L + (exponent === 'power' ? 0 : 1),
    fill([v], set, hit) {
      const { k, m } = normalised(normal, v);
      const factor = exponent === 'root' ? 4 ** k : 2 ** k;
      set(0, f(m));
      hit(0, m);
      set(1, exponent === 'log' ? log(k) : 2 ** k);
      hit(1, 2 ** k);
      if (exponent !== 'power') set(b, factor);
      set(P, v * factor);
      splitLimbs(v * factor - m * 2 ** (M - p), limbs).forEach((limb, i) => {
        set(r + i, limb);
        hit(2 + i, limb);
      });
    },
  };
}
