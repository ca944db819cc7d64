// normalise: exponent and mantissa of a wide positive form v, and a function of each: what reciprocals, roots and logarithms of
// values too wide for a table are made of. y = values[m - least mantissa]; beside it b, a power of two with v b in [2^(M-1), 2^M),
// its root c, or logs[k] of b = 2^k: a logarithm, or any other function of the power.
import { encodeNumbers, choiceOf, fieldsOf, integerOf, numbersOf } from '../json.js';
import { greatest } from '../extremes.js';
import { ACC_BITS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { bitLength } from './gadget.js';
import { lookupNormalise, mantissas, normalised, type Normal } from './gadgets/lookup/normalise.js';
import { valuesKey } from './integer-functions.js';
import type { IntegerPrimitive } from './integer.js';
import type { IntegerForm } from './steps.js';

export interface NormaliseOwn extends Normal {
  /** f of every mantissa, the least first. */
  readonly values: Float64Array;
  /** l(2^k), k = 0 .. M - 1; empty unless `exponent` is log. */
  readonly logs: Float64Array;
}

/** Why bits cannot have it. */
export const NORMALISE_NEEDS_TABLES = 'normalise needs look-up tables';

const KIND = 'normalise';
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
  kind: KIND,
  evaluate({ own }, [acc]) {
    const [y, second] = [new Float64Array(acc.length), new Float64Array(acc.length)];
    acc.forEach((v, i) => {
      const { k, m } = normalised(own, v);
      y[i] = valueOf(own, m);
      second[i] = secondOf(own, k);
    });
    return [y, second];
  },
  check({ forms, own }, outs, refuse) {
    if (forms.length !== 1 || outs.length !== 2) refuse('forms', 'one form of two tensors', forms.length);
    for (const { shape, lo } of outs) {
      if (sizeOf(shape) !== forms[0].map.size) refuse('outs', `${forms[0].map.size} elements`, sizeOf(shape));
      if (lo !== 0) refuse('outs', 'values from 0', lo);
    }
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
      const gadget = lookupNormalise(
        form,
        own,
        (m) => valueOf(own, m),
        (k) => own.logs[k],
        tables.function(tableKey(own)),
        tables.set(powersKey(own)),
        tables.exactBits(own.M - own.p),
      );
      return [{ gadget, count: sizeOf(out.shape), ports: [{ form: 0 }], outputs: [{ tensor: 0 }, { tensor: 1 }] }];
    },
  },
};
