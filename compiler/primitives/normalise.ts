// normalise: exponent and mantissa of a wide positive form v, and a function of each: what reciprocals, roots and logarithms of
// values too wide for a table are made of. y = values[m - least mantissa]; beside it b, a power of two with v b in [2^(M-1), 2^M),
// its root c, or logs[k] of b = 2^k: a logarithm, or any other function of the power.
import { greatest } from '../extremes.js';
import { choiceOf, encodeNumbers, fieldsOf, integerOf, numbersOf } from '../json.js';
import { ACC_BITS } from '../limits.js';
import { checkSizes, elementwise } from './elementwise.js';
import { type Bounds, checkReach } from './floors.js';
import { bitLength, byLookups, type Gadget, keyOf, signalArray, type Table } from './gadget.js';
import { valuesKey } from './integer-functions.js';
import type { IntegerPrimitive } from './integer.js';
import type { IntegerForm } from './steps.js';
import { limbLookups, type Limbs } from './tables.js';

export interface NormaliseOwn extends Normal {
  /** f of every mantissa, the least first. */
  readonly values: Float64Array;
  /** l(2^k), k = 0 .. M - 1; empty unless `exponent` is log. */
  readonly logs: Float64Array;
}

/** Why bits cannot have it. */
export const NORMALISE_NEEDS_TABLES = 'normalise needs look-up tables';

const POWERS = 'powers of two';
const EXPONENTS = ['power', 'root', 'log'] as const;

const tableKey = ({ exponent, p, values }: NormaliseOwn): string =>
  `mantissas of ${exponent === 'root' ? 'two octaves' : 'an octave'}, ${p} bits: ${valuesKey(values)}`;
const powersKey = ({ exponent, logs }: NormaliseOwn): string => (exponent === 'log' ? `logs ${logs.join()}` : POWERS);

/** The largest k that the rows allow: v b < 2^M. */
function mostShift({ exponent, M }: Normal, { accLo }: IntegerForm): number {
  const free = M - bitLength(Math.max(accLo, 1));
  return exponent === 'root' ? Math.floor(free / 2) : free;
}

const valueOf = (own: NormaliseOwn, m: number): number => own.values[m - mantissas(own).lo];
export const secondOf = ({ exponent, logs }: NormaliseOwn, k: number): number =>
  exponent === 'log' ? logs[k] : 2 ** k;

export const normalise: IntegerPrimitive<NormaliseOwn> = {
  kind: 'normalise',
  evaluate({ own }, [acc]) {
    const [y, second] = [new Float64Array(acc.length), new Float64Array(acc.length)];
    acc.forEach((v, i) => {
      const { k, m } = normalised(own, v);
      y[i] = valueOf(own, m);
      second[i] = secondOf(own, k);
    });
    return [y, second];
  },
  check(step, outs, refuse) {
    const { forms, own } = step;
    checkSizes(step, outs, [1, 2], refuse);
    if (outs[0].lo !== 0 || outs[1].lo !== 0) refuse('outs', 'values from 0', 'others');
    const { exponent, M, p, values, logs } = own;
    if (!(p >= 2 && p < M && M < ACC_BITS)) refuse('own.p', `2 <= p < M < ${ACC_BITS}`, `p = ${p}, M = ${M}`);
    const { lo, hi } = mantissas(own);
    if (values.length !== hi - lo + 1) refuse('own.values', `${hi - lo + 1}, one per mantissa`, values.length);
    const count = exponent === 'log' ? M : 0;
    if (logs.length !== count) refuse('own.logs', `${count} values`, logs.length);
    for (const list of [values, logs])
      if (!list.every((v) => Number.isInteger(v) && v >= 0 && v < 2 ** ACC_BITS)) refuse('own', 'integers from 0 on', 'others'); // prettier-ignore
    if (forms[0].accLo < 1) refuse('forms[0].accLo', '1 or more', forms[0].accLo);
  },
  bounds({ forms: [form], own }) {
    const k = mostShift(own, form);
    const most = own.exponent === 'log' ? greatest(own.logs.subarray(0, k + 1)) : 2 ** k;
    return {
      outs: [{ lo: 0, hi: greatest(own.values) }, { lo: 0, hi: most }], // prettier-ignore
      needs: [{ what: `a value below 2^${own.M}`, reach: form.accHi, below: 2 ** own.M }],
    };
  },
  codec: {
    encode: ({ exponent, M, p, values, logs }) => {
      return { exponent, M, p, values: encodeNumbers(values), logs: encodeNumbers(logs) };
    },
    decode(place) {
      const f = fieldsOf(place, ['exponent', 'M', 'p', 'values', 'logs']);
      return {
        exponent: choiceOf(f.exponent, EXPONENTS),
        M: integerOf(f.M, 1, ACC_BITS),
        p: integerOf(f.p, 1, ACC_BITS),
        values: numbersOf(f.values),
        logs: numbersOf(f.logs),
      };
    },
  },
  plain: { refusal: () => NORMALISE_NEEDS_TABLES, uses: () => [] },
  lookup: {
    wants({ own }, _, wants) {
      const { lo, hi } = mantissas(own);
      const name = `${own.exponent === 'log' ? 'function' : `1 / ${own.exponent}`} of a mantissa`;
      wants.function(tableKey(own), name, lo, hi, (m) => valueOf(own, m));
      const powers = Float64Array.from({ length: own.M }, (_x, k) => 2 ** k);
      wants.set(powersKey(own), POWERS, powers, own.exponent === 'log' ? own.logs : null);
      wants.exactBits(own.M - own.p);
    },
    uses({ forms: [form], own }, [out], tables) {
      const [table, powers] = [tables.function(tableKey(own)), tables.set(powersKey(own))];
      return elementwise(lookupNormalise(form, own, table, powers, tables.exactBits(own.M - own.p)), out);
    },
  },
};

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

/**
 * @param table f of the mantissas, all of them and no others
 * @param powers 2^k, with a second column for `log`
 * Throws 'unbounded' where v b could wrap round the field.
 */
export function lookupNormalise(
  { accLo, accHi }: Bounds,
  { exponent, M, p }: Normal,
  table: Table,
  powers: Table,
  limbs: Limbs,
): Gadget {
  const [isRoot, isLog] = [Number(exponent === 'root'), Number(exponent === 'log')];
  const largest = BigInt(keyOf(powers, powers.size - 1)) ** BigInt(1 + isRoot);
  checkReach(BigInt(Math.max(-accLo, accHi)) * largest + 2n ** BigInt(M), 'a normalised value', powers.name);
  const L = limbs.count;
  return byLookups({
    file: 'normalise',
    template: 'LookupNormalise',
    args: [M, p, limbs.width, isRoot, isLog],
    ports: ['v'],
    outputs: 2,
    committed: ['y', 'e', ...signalArray('b', isLog), ...signalArray('r', L)],
    others: [
      ...[...signalArray('square', isRoot), 'P', 'kappa', ...signalArray('kappab', isLog)],
      ...['h', 'hb', ...signalArray('g', L)],
    ],
    lookups: [[table, 'h', 'kappa'], isLog ? [powers, 'hb', 'kappab[0]'] : [powers, 'hb'], ...limbLookups(limbs, 'g')],
    rows: 4 + L + isRoot + isLog,
  });
}
